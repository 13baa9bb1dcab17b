import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

async function configured(deploy: unknown, inputs: Readonly<Record<string, string>> = {}) {
  const root = repository({ '.base-image-refresh.yml': JSON.stringify(deploy === undefined ? {} : { deploy }) });
  const world = createWorld({ cwd: root });
  const { deploy: read } = await loadConfig(recordingHost({ command: 'refresh', path: root, ...inputs }), world);
  await world.close();
  return { ...read, root };
}

const refusal = (deploy: unknown, inputs = {}) =>
  configured(deploy, inputs).then(
    () => 'taken',
    (error: Error) => error.message,
  );

describe('deploy', () => {
  test('is nothing where nothing is said', async () => {
    expect((await configured(undefined)).targets).toEqual([]);
  });

  test('has a target with a name alone: the current context, whatever runs the release, back on failure', async () => {
    expect((await configured([{ name: 'shop' }])).targets).toEqual([
      {
        name: 'shop',
        cluster: { kind: 'kubeconfig' },
        namespaces: [],
        workloads: [],
        images: [],
        timeout: 600_000,
        onFailure: 'roll-back',
        managed: 'refuse',
      },
    ]);
  });

  test('says all of it', async () => {
    const workloads = [{ kind: 'cronjob', name: 'nightly', container: 'app' }, { selector: 'app=web,tier!=canary' }];
    const target = { name: 'shop', namespaces: ['shop', 'shop-eu'], workloads, images: ['web'], timeout: '90s' };
    const { targets } = await configured([{ ...target, 'on-failure': 'leave', managed: 'allow' }]);
    expect(targets).toMatchObject([{ ...target, timeout: 90_000, onFailure: 'leave', managed: 'allow' }]);
  });

  test('is as its guide shows', async () => {
    const guide = readFileSync(fileURLToPath(new URL('../../docs/deploy.md', import.meta.url)), 'utf8');
    const example = load(/```yaml\n(# \.base-image-refresh\.yml\n[^`]+)```/.exec(guide)?.[1] ?? '') as {
      readonly deploy: unknown;
    };
    const { targets } = await configured(example.deploy, { kubeconfig: 'kube/production.yaml' });
    expect(targets.map(({ name, cluster, timeout }) => [name, cluster.kind, timeout])).toEqual([
      ['staging', 'aks', 600_000],
      ['production', 'kubeconfig', 900_000],
    ]);
  });

  test('takes kubeconfigs of the file from its folder and of options from where they are typed', async () => {
    const targets = [{ name: 'a', kubeconfig: 'kube/a', context: 'own' }, { name: 'b' }, { name: 'c', context: 'c' }];
    const read = await configured(targets, {
      kubeconfig: '/home/me/config',
      'kube-context': 'mine',
      allow: 'deploy-kubeconfig=kube/a',
    });
    expect(read.targets.map(({ cluster }) => cluster)).toEqual([
      { kind: 'kubeconfig', path: `${read.root}/kube/a`, context: 'own', ofRepository: true },
      { kind: 'kubeconfig', path: '/home/me/config', context: 'mine' },
      { kind: 'kubeconfig', path: '/home/me/config', context: 'c' },
    ]);
  });

  test('takes some targets, in the order of the file, or none', async () => {
    const targets = [{ name: 'staging' }, { name: 'canary' }, { name: 'production' }];
    const names = async (wanted: string) =>
      (await configured(targets, { 'deploy-target': wanted })).targets.map(({ name }) => name);
    expect(await names('production, staging')).toEqual(['staging', 'production']);
    expect(await names('none')).toEqual([]);
  });

  test.each<[string, unknown, RegExp, object?]>([
    ['no name', [{ namespaces: ['shop'] }], /deploy\[0\] has no name/],
    ['a name twice', [{ name: 'a' }, { name: 'a' }], /is "a" as at .*give each of the two its own name/],
    ['the name that means none', [{ name: 'none' }], /cannot be "none"/],
    [
      'an unknown key',
      [{ name: 'a', namespace: 'x' }],
      /deploy\[0\]\.namespace is not a key.*nearest valid key is namespaces/,
    ],
    ['an unknown kind', [{ name: 'a', workloads: [{ kind: 'pod' }] }], /cannot be "pod"; the nearest valid value is/],
    ['a workload by name without kind', [{ name: 'a', workloads: [{ name: 'web' }] }], /stands without kind; add kind/],
    [
      'name and selector',
      [{ name: 'a', workloads: [{ kind: 'deployment', name: 'w', selector: 'x=y' }] }],
      /stands beside name/,
    ],
    [
      'a name that is an option',
      [{ name: 'a', workloads: [{ kind: 'deployment', name: '--all' }] }],
      /cannot be "--all"/,
    ],
    ['a namespace that is an option', [{ name: 'a', namespaces: ['-A'] }], /cannot be "-A"/],
    [
      'aks beside a context',
      [{ name: 'a', context: 'x', aks: { subscription: 's', 'resource-group': 'g', cluster: 'c' } }],
      /stands beside aks/,
    ],
    ['aks that names no cluster', [{ name: 'a', aks: { subscription: 's', 'resource-group': 'g' } }], /has no cluster/],
    [
      'a target that is not there',
      [{ name: 'staging' }],
      /names no target: "stagin"; the nearest target is staging/,
      { 'deploy-target': 'stagin' },
    ],
    [
      'a target where there is none',
      undefined,
      /add it to deploy in the configuration file/,
      { 'deploy-target': 'shop' },
    ],
  ])('refuses %s', async (_, deploy, words, inputs = {}) => {
    expect(await refusal(deploy, inputs)).toMatch(words);
  });
});
