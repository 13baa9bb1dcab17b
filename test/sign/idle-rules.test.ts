import { expect, test } from 'vitest';
import { refresh } from '../../core/refresh.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

test('a rule that counts for no base of a run is warned of, once, and one that does is not', async () => {
  const server = await startRegistry();
  try {
    const base = makeImage({ layers: [await makeLayer({ 'etc/base': 'one' })] });
    await pushImage(server.store, 'library/base', base, '1');
    const from = `FROM ${server.host}/library/base:1\n`;
    const root = repository({ 'a/Dockerfile': from, 'b/Dockerfile': from });
    const rules = [`${server.host}/library/*`, 'cgr.dev/**'];
    const trust = rules.map((match) => ({ match, signer: { kind: 'notation' as const } }));
    const imageInputs = { a: at(server, 'team/a', '1'), b: at(server, 'team/b', '1') };
    const host = createRecordingHost();
    const config = testConfig(root, { trust, imageInputs, dryRun: true });
    await refresh(
      createTestRun(config, { engine: createTestEngine(server), scanner: createTestScanner(() => []), host }),
    );
    expect(host.lines.filter(({ message }) => message.includes('verify-base'))).toEqual([
      {
        level: 'warning',
        message: 'verify-base cgr.dev/**: counts for no base of this run; check its pattern, and those before it',
      },
    ]);
  } finally {
    await server.close();
    await closeHarnesses();
  }
});
