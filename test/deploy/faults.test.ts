import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { client, config, deploymentOf, openShop, type Rule, savedReport } from './support.ts';

const list = (...items: readonly object[]) => ({ items });
const none: Rule = {
  to: ' get (statefulsets|daemonsets|cronjobs|pods|events)',
  answers: [{ stdout: { items: null } }],
};
const refusing = (to: string, stderr: string): Rule => ({ to, answers: [{ code: 1, stderr }] });

/** Rules under which the one Deployment runs `before`, and after the patch is answered by `after`. */
function rolling(before: string, after: Rule['answers'], patch: Rule['answers']): readonly Rule[] {
  const listed: Rule = {
    to: 'get deployments.apps --namespace=shop --show',
    answers: [{ stdout: list(deploymentOf(before)) }],
  };
  return [
    config(),
    client,
    listed,
    { to: 'get deployments.apps .* web ', answers: after },
    { to: ' patch ', answers: patch },
    none,
  ];
}

describe('what keeps kubectl from its work is told, and nothing counts as rolled out', () => {
  test.each<[string, readonly Rule[] | undefined, string, string]>([
    [
      'it is not there',
      undefined,
      'incomplete',
      'shop: kubectl: is not on PATH; install kubectl, or name it with kubectl-path.',
    ],
    [
      'no kubeconfig',
      [refusing('config view', 'error: current-context must exist in order to minify\n')],
      'usage-error',
      'shop: its kubeconfig cannot be used: current-context must exist in order to minify; give kubeconfig, and kube-context where it holds several.',
    ],
    [
      'a refused login',
      [config(), client, refusing(' get ', 'error: You must be logged in to the server (Unauthorized)\n')],
      'incomplete',
      'kubectl: You must be logged in to the server (Unauthorized); check the credentials of the kubeconfig.',
    ],
    [
      'no permission',
      [
        config(),
        client,
        refusing(
          ' get ',
          'Error from server (Forbidden): deployments.apps is forbidden: User "u" cannot list resource "deployments"\n',
        ),
      ],
      'incomplete',
      'shop: deployments of namespace shop: kubectl: deployments.apps is forbidden: User "u" cannot list resource "deployments"; let the identity get, list and patch',
    ],
    [
      'a cluster that is away',
      [
        config(),
        client,
        refusing(' get ', 'Unable to connect to the server: dial tcp: lookup cluster.example: no such host\n'),
      ],
      'incomplete',
      'Unable to connect to the server: dial tcp: lookup cluster.example: no such host; check the address',
    ],
    [
      'a certificate of somebody else',
      [
        config(),
        client,
        refusing(' get ', 'Unable to connect to the server: x509: certificate signed by unknown authority\n'),
      ],
      'incomplete',
      'check the certificate authority of the kubeconfig',
    ],
    [
      'a plugin that is not there',
      [
        config(),
        client,
        refusing(
          ' get ',
          'Unable to connect to the server: getting credentials: exec: executable kubelogin not found\n',
        ),
      ],
      'incomplete',
      'install the plugin that the kubeconfig names, and sign in',
    ],
    [
      'an answer that is no JSON',
      [config(), client, { to: ' get ', answers: [{ stdout: 'hello' }] }],
      'incomplete',
      'kubectl did not print JSON',
    ],
    [
      'an answer of another form',
      [config(), client, { to: ' get ', answers: [{ stdout: list({ metadata: { name: 'web' } }) }] }],
      'incomplete',
      'deployment: has an unexpected form',
    ],
    [
      'words that would command a log',
      [config(), client, refusing(' get ', 'error: x\n::error::y\n\u001b[31m##vso[task.complete]z\n')],
      'incomplete',
      'kubectl: x ::error::y ##vso[task.complete]z',
    ],
  ])('%s', async (_, rules, conclusion, words) => {
    const shop = await openShop();
    const ran = await shop.deploy(rules);
    expect(ran.words).toContain(words);
    expect(ran.conclusion).toBe(conclusion);
    expect(ran.deployment).toMatchObject({ verdict: 'failed', targets: [{ state: 'failed', workloads: [] }] });
  });
});

describe('a change', () => {
  test('whose answer was lost is found to be made', async () => {
    const shop = await openShop();
    const after = [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }];
    const lost = [
      { code: 1, stderr: 'Error from server (Timeout): the server was unable to return a response in time\n' },
    ];
    const { conclusion, workload, words } = await shop.deploy(rolling(shop.old, after, lost));
    expect(workload?.state, words).toBe('rolled-out');
    expect(conclusion).toBe('succeeded');
    expect(shop.calls().filter(({ args }) => args.includes('patch'))).toHaveLength(1);
  });

  const torn = { code: 1, stderr: 'error: unexpected EOF\n' };
  const unauthorised = { code: 1, stderr: 'error: You must be logged in to the server (Unauthorized)\n' };

  test('whose answer was torn off and that cannot be read again is not called refused, and is put back', async () => {
    const shop = await openShop();
    const stdout = deploymentOf(shop.old, { generation: 3 });
    const made = { stdout: deploymentOf(shop.wanted, { generation: 2 }) };
    const rules = rolling(shop.old, [unauthorised, made, { stdout }], [torn, { stdout }]);
    const { conclusion, workload } = await shop.deploy(rules);
    expect(conclusion).toBe('incomplete');
    expect(workload?.failure?.detail).toContain(
      'was sent a change of which the answer was lost: kubectl: unexpected EOF',
    );
    expect(workload?.failure?.detail).toContain('then: kubectl: You must be logged in to the server (Unauthorized)');
    expect(shop.calls().filter(({ args }) => args.includes('patch'))).toHaveLength(2);
  });

  test('whose answer was lost stays unknown, whatever is answered afterwards', async () => {
    const shop = await openShop({ 'on-failure': 'leave' });
    const denied = { code: 1, stderr: 'Error from server: admission webhook "policy" denied the request\n' };
    for (const patch of [[torn, denied], [torn]]) {
      const after = [{ stdout: deploymentOf(shop.old) }];
      const { conclusion, workload } = await shop.deploy(rolling(shop.old, after, patch));
      expect(workload).toMatchObject({ state: 'unknown', failure: { code: 'unreachable' } });
      expect(conclusion).toBe('incomplete');
    }
  });

  test('that meets others again and again is given up, and nothing is overwritten', async () => {
    const shop = await openShop();
    const conflict = [
      {
        code: 1,
        stderr: 'Error from server (Conflict): Operation cannot be fulfilled: the object has been modified\n',
      },
    ];
    const rules = rolling(shop.old, [{ stdout: deploymentOf(shop.old) }], conflict);
    const { conclusion, workload } = await shop.deploy(rules);
    expect(workload).toMatchObject({ state: 'refused', failure: { code: 'moved', retryable: true } });
    expect(conclusion).toBe('incomplete');
    expect(shop.calls().filter(({ args }) => args.includes('patch'))).toHaveLength(5);
  });

  test('that the cluster denies is refused in its words', async () => {
    const shop = await openShop();
    const denied = [
      { code: 1, stderr: 'Error from server: admission webhook "policy" denied the request: unsigned image\n' },
    ];
    const { conclusion, workload } = await shop.deploy(rolling(shop.old, [], denied));
    expect(workload).toMatchObject({
      state: 'refused',
      failure: {
        code: 'deploy-failed',
        detail: 'kubectl: admission webhook "policy" denied the request: unsigned image',
      },
    });
    expect(conclusion).toBe('incomplete');
  });

  test('that cannot be watched is not called rolled out, and the way back is told', async () => {
    const shop = await openShop();
    const former = `sha256:${'f'.repeat(64)}`;
    const promotion = { digest: shop.digest, tags: [{ reference: shop.old, previous: former }] };
    const name = shop.old.replace(/:1$/, '');
    shop.write('.base-image-refresh/report.json', savedReport(name, shop.digest, { promotion }));
    const away = [{ code: 1, stderr: 'The connection to the server cluster.example was refused\n' }];
    const rules = rolling(shop.old, away, [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }]);
    const { conclusion, workload, deployment } = await shop.deploy(rules);
    expect(conclusion).toBe('incomplete');
    expect(deployment?.verdict).toBe('failed');
    expect(workload?.state).toBe('unknown');
    expect(workload?.failure?.detail).toContain('could not be watched, so it is not known whether it rolled out');
    expect(workload?.failure?.detail).toContain('rolling back failed too');
    expect(workload?.failure?.remedy).toBe(
      `run kubectl --namespace shop set image deployments.apps/web app=${name}@${former}`,
    );
  });

  test('that somebody takes back while it rolls out is no rollout, and theirs stays', async () => {
    const shop = await openShop();
    const theirs = `${shop.old.replace(/:1$/, '')}:theirs`;
    const after = [{ stdout: deploymentOf(theirs, { generation: 3 }) }];
    const rules = rolling(shop.old, after, [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }]);
    const { conclusion, workload } = await shop.deploy(rules);
    expect(conclusion).toBe('incomplete');
    expect(workload).toMatchObject({ state: 'failed', failure: { code: 'moved' } });
    expect(workload?.failure?.detail).toBe(`somebody changed app to ${theirs} during the rollout`);
    expect(shop.calls().filter(({ args }) => args.includes('patch'))).toHaveLength(1);
  });

  test('of what was deleted meanwhile is no rollout', async () => {
    const shop = await openShop({ 'on-failure': 'leave' });
    const gone = [{ code: 1, stderr: 'Error from server (NotFound): deployments.apps "web" not found\n' }];
    const rules = rolling(shop.old, gone, [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }]);
    const { conclusion, workload } = await shop.deploy(rules);
    expect(conclusion).toBe('incomplete');
    expect(workload?.failure?.detail).toBe('it was deleted during the rollout');
  });
});

describe('secrets', () => {
  const secrets = { GITHUB_TOKEN: 'ghs_job', AZURE_CLIENT_SECRET: 'entra', BASE_IMAGE_REFRESH_REGISTRY_PASSWORD: 'pw' };

  test('stay in a file of this user that does not stay, and out of arguments, logs and environments', async () => {
    const shop = await openShop();
    const { words, conclusion } = await shop.deploy(
      [config(), client, { to: ' get ', answers: [{ stdout: list() }] }],
      secrets,
    );
    expect(conclusion, words).toBe('succeeded');
    const calls = shop.calls();
    const used = calls.flatMap(({ kubeconfig }) => kubeconfig ?? []);
    expect(used.length).toBeGreaterThan(0);
    for (const { mode, path, text } of used) {
      expect(mode).toBe(0o600);
      expect(text).toContain('a-bearer-token');
      expect(existsSync(path)).toBe(false);
    }
    const said = [words, ...calls.flatMap(({ args, env }) => [...args, ...Object.values(env)])].join('\n');
    for (const secret of ['a-bearer-token', ...Object.values(secrets)]) expect(said).not.toContain(secret);
  });

  test('of clouds reach the plugin that a kubeconfig names, and others do not', async () => {
    const shop = await openShop();
    const rules = [config({ exec: { command: 'kubelogin' } }), client, { to: ' get ', answers: [{ stdout: list() }] }];
    await shop.deploy(rules, secrets);
    const get = shop.calls().find(({ args }) => args.includes('get'));
    expect(get?.env).toMatchObject({ AZURE_CLIENT_SECRET: 'entra', HOME: shop.folder });
    expect(get?.env).not.toHaveProperty('GITHUB_TOKEN');
    expect(get?.env).not.toHaveProperty('BASE_IMAGE_REFRESH_REGISTRY_PASSWORD');
  });
});

test('secrets of clouds do not reach a plugin that the repository names', async () => {
  const shop = await openShop({ kubeconfig: 'kube/config' });
  const rules = [config({ exec: { command: 'sh' } }), client, { to: ' get ', answers: [{ stdout: list() }] }];
  await shop.deploy(rules, { AZURE_CLIENT_SECRET: 'entra', AWS_SECRET_ACCESS_KEY: 'aws' });
  const [view, ...others] = shop.calls();
  expect(view?.env.KUBECONFIG).toBe(join(shop.folder, 'kube/config'));
  expect(others.length).toBeGreaterThan(1);
  for (const { env } of others) {
    expect(env.HOME).not.toBe(shop.folder);
    expect(Object.keys(env).filter((name) => /^(?:AZURE|AWS)_/.test(name))).toEqual([]);
  }
});

describe('what was not cleared is not rolled out', () => {
  const gate = { breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null };
  test.each([
    ['its gate failed', { gate: { ...gate, verdict: 'fail' as const } }],
    ['its gate was inconclusive', { gate: { ...gate, verdict: 'inconclusive' as const } }],
    ['it was not gated', { gate: null }],
    ['its tests failed', { validation: { verdict: 'fail' as const, checks: [], changes: [] } }],
    ['it was not promoted', { promotion: null }],
  ])('%s', async (_, image) => {
    const shop = await openShop();
    shop.write('saved.json', savedReport(shop.old.replace(/:1$/, ''), shop.digest, image));
    const { conclusion, words } = await shop.deploy([config()], {}, { path: 'saved.json' });
    expect(conclusion).toBe('usage-error');
    expect(words).toContain('saved.json: contains no promotion; give the report.json of a run that promoted an image.');
  });

  test('a dry run promoted nothing', async () => {
    const shop = await openShop();
    const report = savedReport(shop.old.replace(/:1$/, ''), shop.digest);
    shop.write('saved.json', { ...report, dryRun: true });
    expect((await shop.deploy([config()], {}, { path: 'saved.json' })).conclusion).toBe('usage-error');
  });

  test('an image by its name alone cannot be named', async () => {
    const shop = await openShop();
    const { conclusion, words } = await shop.deploy([config()], {}, { path: shop.wanted });
    expect(conclusion).toBe('usage-error');
    expect(words).toContain('there is no such file');
  });
});

describe('a refresh finds out before it builds', () => {
  const refresh = { command: 'refresh', image: 'shop.example/team/web:1' };

  test.each<[string, readonly Rule[] | undefined, string, string]>([
    ['that kubectl is not there', undefined, 'incomplete', 'shop: kubectl: is not on PATH; install kubectl'],
    [
      'that the context is not there',
      [refusing('config view', 'error: cannot locate context "shop"\n')],
      'usage-error',
      'shop: its kubeconfig cannot be used: cannot locate context "shop"; give kubeconfig',
    ],
  ])('%s', async (_, rules, conclusion, words) => {
    const shop = await openShop();
    writeFileSync(join(shop.folder, 'Dockerfile'), 'FROM scratch\n');
    const ran = await shop.deploy(rules, {}, { ...refresh, path: shop.folder });
    expect(ran.words).toContain(words);
    expect(ran.conclusion).toBe(conclusion);
    expect(ran.report).toBeUndefined();
  });

  test('and tells of names of images that are of none', async () => {
    const shop = await openShop();
    writeFileSync(join(shop.folder, 'Dockerfile'), 'FROM scratch\n');
    shop.write('.base-image-refresh.yml', {
      images: [{ name: 'web', dockerfile: 'Dockerfile' }],
      deploy: [{ name: 'shop', images: ['wbe', 'web'] }],
    });
    const { words } = await shop.deploy([config(), client], {}, { ...refresh, path: shop.folder });
    expect(words).toContain('shop: images names "wbe", which is no image of this run; the nearest image is web.');
    expect(words).not.toContain('images names "web"');
  });

  test('and asks no cluster for it', async () => {
    const shop = await openShop();
    await shop.deploy([config(), client], {}, { ...refresh, path: shop.folder });
    expect(shop.calls().flatMap(({ args }) => args)).not.toContain('get');
  });
});
