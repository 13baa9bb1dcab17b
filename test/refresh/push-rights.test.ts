import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { refresh } from '../../core/refresh.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner } from '../support/run.ts';

afterAll(closeHarnesses);

test('an image whose repository may not be pushed to is not built, and the others are released', async () => {
  const server = await startRegistry();
  const root = await mkdtemp(join(tmpdir(), 'push-rights-'));
  onTestFinished(async () => {
    await server.close();
    await rm(root, { recursive: true });
  });
  const bare = async (content: string) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] });
  const [old, fresh] = [await bare('old'), await bare('new')];
  const base = `${server.host}/library/base:1`;
  const annotations = { [annotationKeys.baseName]: base, [annotationKeys.baseDigest]: old.descriptor.digest };
  await pushImage(server.store, 'library/base', fresh, '1');
  for (const name of ['web', 'api']) {
    await pushImage(server.store, `team/${name}`, makeImage({ base: old, annotations }), '1');
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'Dockerfile'), `FROM ${base}\nCOPY . /\n`);
  }
  const before = server.store.digestOf('team/api', '1');
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'read only' }] });
  server.inject({ method: 'POST', path: /^\/v2\/team\/api\//, effect: { kind: 'status', status: 403, body } });
  const image = ['web', 'api'].map((name) => `${name}=${server.host}/team/${name}:1`).join('\n');
  const host = createRecordingHost({ command: 'refresh', path: root, source: 'checkout', image });
  const config = await loadConfig(host, createWorld({ cwd: root }));
  const parts = { engine: createTestEngine(server), host, scanner: createTestScanner(() => []) };
  const { images } = await refresh(createTestRun(config, parts));
  const of = (name: string) => images.find((one) => one.name === name);
  expect(of('web')?.failure).toBeNull();
  expect(of('web')?.promotion?.digest).toBe(server.store.digestOf('team/web', '1'));
  expect(of('api')).toMatchObject({ verdict: 'stale', build: null, promotion: null });
  expect(of('api')?.failure).toMatchObject({
    code: 'forbidden',
    subject: `${server.host}/team/api`,
    detail: expect.stringMatching(/^push is not allowed: .*403/),
  });
  expect(server.store.digestOf('team/api', '1')).toBe(before);
});
