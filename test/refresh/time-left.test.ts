import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { Progress } from '../../core/ports.ts';
import { refresh } from '../../core/refresh.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

afterAll(closeHarnesses);

/** Refreshes an image whose base has moved, and says what was expected of it before it was begun. */
async function expected(dryRun: boolean) {
  const server = await startRegistry();
  const root = await mkdtemp(join(tmpdir(), 'time-left-'));
  onTestFinished(async () => {
    await server.close();
    await rm(root, { recursive: true });
  });
  await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n`);
  await pushImage(server.store, 'library/base', makeImage({ layers: [await makeLayer({ base: 'new' })] }), '1');
  const config = testConfig(root, { imageInputs: { '': at(server, 'team/web', '1') }, dryRun });
  await mkdir(dirname(config.historyFile), { recursive: true });
  await writeFile(config.historyFile, JSON.stringify({ schemaVersion: 1, runs: [], took: { web: 61_000 } }));
  const calls: unknown[] = [];
  const progress: Progress = {
    expect: (names, took, atOnce) => void calls.push(['expect', names, [...took], atOnce]),
    image: (name, of, work) => {
      calls.push(['image', name, of]);
      return work();
    },
    stage: (_, work) => work(),
    unfold: () => {},
  };
  const host = { ...createRecordingHost(), progress };
  const scanner = createTestScanner(() => []);
  const { images } = await refresh(createTestRun(config, { engine: createTestEngine(server), scanner, host }));
  return { calls, name: images[0]?.name, atOnce: config.concurrency };
}

test('what earlier runs took is said before the first image is begun', async () => {
  const { calls, name, atOnce } = await expected(false);
  expect(calls).toEqual([
    ['expect', [name], [['web', 61_000]], atOnce],
    ['image', name, 1],
  ]);
});

test('a dry run expects nothing', async () => {
  expect((await expected(true)).calls).toEqual([]);
});
