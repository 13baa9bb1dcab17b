import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { refresh } from '../../core/refresh.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, finding, testConfig } from '../support/run.ts';

let server: TestRegistry;
let root: string;
beforeEach(async () => {
  server = await startRegistry();
  root = mkdtempSync(join(tmpdir(), 'bir-lock-'));
  writeFileSync(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n`);
  await pushImage(server.store, 'library/base', makeImage({ layers: [await makeLayer({ base: 'new' })] }), '1');
  await pushImage(server.store, 'team/web', makeImage({ layers: [await makeLayer({ web: 'old' })] }), '1');
});
afterEach(async () => {
  rmSync(root, { recursive: true, force: true });
  await server.close();
});
afterAll(closeHarnesses);

const lockFile = 'base-images.lock.json';
const locked = () => JSON.parse(readFileSync(join(root, lockFile), 'utf8'));
const other = { image: 'registry.example/team/api:1', bases: [] };

async function run(config: Partial<Config>, findings: Parameters<typeof createTestScanner>[0] = () => []) {
  // Nothing of what it builds keeps a record, as builders that drop annotations do.
  const engine = createTestEngine(server, async () =>
    makeIndex([makeImage({ layers: [await makeLayer({ web: 'rebuilt' })] })]),
  );
  const images = {
    imageInputs: { '': at(server, 'team/web', '1') },
    // What the engine here makes stands on nothing.
    continuity: { accept: ['base-layers'] },
  } as const;
  const parts = { engine, scanner: createTestScanner(findings) };
  return refresh(createTestRun(testConfig(root, { ...images, ...config }), parts));
}

describe('a refresh that keeps a lock file', () => {
  it('enters what it promoted, so that the next check knows it', async () => {
    writeFileSync(join(root, lockFile), JSON.stringify({ schemaVersion: 1, images: [other] }));
    const { images } = await run({ lockFile });
    const [base] = images[0]?.bases ?? [];
    expect(locked()).toEqual({
      schemaVersion: 1,
      images: [
        {
          image: `${server.host}/team/web:1`,
          digest: images[0]?.promotion?.digest,
          bases: [{ reference: `${server.host}/library/base:1`, digest: base?.to }],
        },
        other,
      ],
    });
    const again = await run({ dryRun: true });
    expect(again.images[0]).toMatchObject({
      verdict: 'current',
      bases: [{ evidence: 'lock-file', confidence: 'medium' }],
    });
  });

  it.each<[string, Partial<Config>, Parameters<typeof createTestScanner>[0]]>([
    ['the user keeps none', {}, () => []],
    ['the gate fails', { lockFile }, () => [finding('CVE-1')]],
    ['it is a dry run', { lockFile, dryRun: true }, () => []],
  ])('enters nothing where %s', async (_, config, findings) => {
    await run(config, findings);
    expect(locked).toThrow('ENOENT');
  });

  it('says that it could not write it, after the promotion', async () => {
    const report = await run({ lockFile: 'Dockerfile/lock.json' });
    expect(report.images[0]?.promotion).not.toBeNull();
    expect(report.failures.map(({ code }) => code)).toEqual(['unreadable']);
  });
});
