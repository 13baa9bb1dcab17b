import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanCommand } from '../../core/commands/scan.ts';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

let server: TestRegistry;
beforeAll(async () => {
  server = await startRegistry();
  for (const name of ['web', 'db', 'named']) {
    await pushImage(server.store, `acme/${name}`, makeImage({ layers: [await makeLayer({ app: name })] }), '1');
  }
});
afterAll(() => server.close());

const rule = { id: 'CVE-2026-1', properties: { 'security-severity': '8.1' } };
const result = {
  ruleId: 'CVE-2026-1',
  level: 'error',
  message: { text: 'Package: a\nInstalled Version: 1\nFixed Version: 2\nSeverity: HIGH' },
};
const sarif = (isClean: boolean) =>
  JSON.stringify({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'anyscan', version: '7', rules: [rule] } }, results: isClean ? [] : [result] }],
  });

/** Scans with a scanner that finds something in the image of the database alone. */
async function scan(files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) {
  const root = repository(files);
  const program = `console.log(process.argv[1].includes('/db') ? ${JSON.stringify(sarif(false))} : ${JSON.stringify(sarif(true))})`;
  const scanner = { tool: 'command', command: ['node', '-e', program, '{image}'], format: 'sarif' };
  writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify({ scanner }));
  const world = createWorld({ cwd: root });
  const host = recordingHost({
    command: 'scan',
    references: 'true',
    'insecure-registry': server.host,
    allow: 'scanner-command',
    'accept-unproven': 'image, search, distribution',
    ...inputs,
  });
  const conclusion = await loadConfig(host, world)
    .then((config) => scanCommand(config, host, world))
    .catch((error: Error) => error.message);
  const report = JSON.parse(
    await world.files.readText(join(root, '.base-image-refresh/report.json')).catch(() => 'null'),
  );
  await world.close();
  const images: readonly { readonly name: string; readonly gate: { readonly verdict: string } | null }[] =
    report?.images ?? [];
  return {
    conclusion,
    names: images.map(({ name }) => name.replace(server.host, 'HOST')).sort(),
    failed: images.filter(({ gate }) => gate?.verdict === 'fail').map(({ name }) => name.replace(server.host, 'HOST')),
    errors: host.logged.filter(({ level }) => level === 'error').map(({ message }) => message),
  };
}

const pod = (...images: readonly string[]) =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${images.map((image) => `    - image: ${image}\n`).join('')}`;
const at = (name: string) => `${server.host}/acme/${name}:1`;

describe('scan --references', () => {
  test('scans what is deployed, each image once, and gates it', async () => {
    const { conclusion, names, failed } = await scan({
      'k8s/web.yaml': pod(at('web'), at('web')),
      'values.yaml': `image: {repository: ${server.host}/acme/db, tag: "1"}\n`,
      '.gitlab-ci.yml': 'image: node:20\n',
    });
    expect(names).toEqual(['HOST/acme/db:1', 'HOST/acme/web:1']);
    expect(failed).toEqual(['HOST/acme/db:1']);
    expect(conclusion).toBe('policy-failed');
  });

  test('takes images that are named on top', async () => {
    const { names } = await scan({ 'a.yaml': pod(at('web')) }, { image: at('named') });
    expect(names).toEqual(['HOST/acme/named:1', 'HOST/acme/web:1']);
  });

  test('never passes what a file leaves open', async () => {
    const { conclusion, errors } = await scan({ 'a.yaml': pod(at('web'), '$IMAGE') });
    expect(conclusion).toBe('incomplete');
    expect(errors.join('\n')).toContain('a.yaml:6: which image it is, is not known: $IMAGE has a variable');
  });

  test('scans in place of a name what kustomize puts there', async () => {
    const { conclusion, names } = await scan({
      'base/a.yaml': pod('web'),
      'shop/kustomization.yaml': `images: [{name: web, newName: ${server.host}/acme/web, newTag: "1"}]\n`,
    });
    expect(names).toEqual(['HOST/acme/web:1']);
    expect(conclusion).not.toBe('incomplete');
  });

  test('is a usage error where nothing is deployed', async () => {
    expect((await scan({ '.gitlab-ci.yml': 'image: node:20\n' })).conclusion).toBe('usage-error');
  });
});
