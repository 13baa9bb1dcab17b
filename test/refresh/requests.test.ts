import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { refresh } from '../../core/refresh.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner } from '../support/run.ts';

afterAll(closeHarnesses);

// What each request is for; those of the engine and of the scanner are not among them.
const roles: readonly (readonly [RegExp, string])[] = [
  [/^\S+ \/v2\/$/, 'GET ping'],
  [/^GET .*\/tags\/list/, 'GET tags'],
  [/^GET .*\/referrers\//, 'GET referrers'],
  [/^GET .*\/manifests\/sha256-.*\.(?:sig|att|sbom)$/, 'GET tag of cosign'],
  [/^(\S+) .*\/blobs\/uploads\//, '$1 upload'],
  [/^GET .*\/blobs\//, 'GET configuration'],
  [/^(\S+) .*\/library\/base\/manifests\/1$/, '$1 tag of the base'],
  [/^(\S+) .*\/manifests\/1$/, '$1 release tag'],
  [/^(\S+) .*\/manifests\/bir-k1-.*/, '$1 record of attempts'],
  [/^(\S+) .*\/manifests\/bir-p1-.*/, '$1 record of the promotion'],
  [/^(\S+) .*\/manifests\/bir-c1-.*/, '$1 candidate tag'],
  [/^GET .*\/manifests\/sha256:.*/, 'GET manifest by digest'],
];

test('a refreshed image costs so many requests, each for a reason', async () => {
  const server = await startRegistry();
  const root = await mkdtemp(join(tmpdir(), 'requests-test-'));
  onTestFinished(async () => {
    await server.close();
    await rm(root, { recursive: true });
  });
  const [old, fresh] = await Promise.all(
    ['old', 'new'].map(async (content) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] })),
  );
  if (old === undefined || fresh === undefined) throw new Error('no base was made');
  const app = makeImage({ base: old, layers: [await makeLayer({ app: 'app' })] });
  const base = makeIndex([old]);
  const record = JSON.stringify([{ reference: `${server.host}/library/base:1`, digest: base.descriptor.digest }]);
  await pushImage(server.store, 'library/base', base, '1');
  await pushImage(server.store, 'team/web', makeIndex([app], { annotations: { [annotationKeys.bases]: record } }), '1');
  await pushImage(server.store, 'library/base', makeIndex([fresh]), '1');
  await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\nCOPY . /\n`);
  const image = `${server.host}/team/web:1`;
  const host = createRecordingHost({ command: 'refresh', path: root, source: 'checkout', image });
  const config = await loadConfig(host, createWorld({ cwd: root }));
  const parts = { engine: createTestEngine(server), host, scanner: createTestScanner(() => []) };
  const report = await refresh(createTestRun(config, parts));
  expect(report.images[0]?.promotion?.digest).toBe(server.store.digestOf('team/web', '1'));
  const counts = new Map<string, number>();
  for (const { method, path } of server.requests) {
    const asked = `${method} ${path}`;
    const [pattern, role = asked] = roles.find(([known]) => known.test(asked)) ?? [];
    const name = role.replace('$1', pattern?.exec(asked)?.[1] ?? '');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(Object.fromEntries([...counts].sort())).toEqual({
    'GET ping': 1,
    // The check, what the promotion is to replace, and what is put back if the registry takes it with the candidate.
    'GET release tag': 3,
    'HEAD tag of the base': 1,
    // The published image, both bases and the candidate: index and platform of each.
    'GET manifest by digest': 7,
    'GET configuration': 4,
    // What an update must not lose: what is attached to the published image, when it is checked and before it is replaced,
    // to its platform, and to what was built.
    'GET referrers': 4,
    'GET tag of cosign': 6,
    // Leftovers of runs that were broken off.
    'GET tags': 1,
    // Whether the build may be made, and once more before it begins, on another machine too.
    'GET record of attempts': 2,
    // Whether it was made already, and whether its tag is gone at last.
    'GET candidate tag': 2,
    // Whether it may be pushed to at all, which is given up again; and one empty configuration for all records.
    'POST upload': 2,
    'DELETE upload': 1,
    'PUT upload': 1,
    // Begun, made, let through and promoted: a run that is killed between two of them is gone on with.
    'PUT record of attempts': 4,
    'PUT record of the promotion': 1,
    // Before and after it is moved, and after the candidate is gone.
    'HEAD release tag': 3,
    'PUT release tag': 1,
    'HEAD candidate tag': 1,
    'DELETE candidate tag': 1,
  });
});
