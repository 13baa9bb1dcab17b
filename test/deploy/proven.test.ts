import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { writeRegistryRecord } from '../../core/promote/registry-record.ts';
import { whyUnproven } from '../../core/refresh/promotion-evidence.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

let server: TestRegistry;
let digest: Digest;

const run = () =>
  createTestRun(testConfig('/nowhere'), { engine: createTestEngine(server), scanner: createTestScanner(() => []) });
const named = (...names: string[]) => names.map((name) => ({ reference: `${server.host}/${name}` }));

beforeEach(async () => {
  server = await startRegistry();
  const image = makeImage({ layers: [await makeLayer({ app: 'web' })] });
  for (const repository of ['team/web', 'team/copy']) {
    digest = (await pushImage(server.store, repository, image, '1')).digest;
  }
  const { registry } = run();
  const { tag: _, ...repository } = parseReference(`${server.host}/team/web:1`);
  await writeRegistryRecord(registry, repository, await registry.manifest({ ...repository, digest }), {
    at: '2026-01-01T00:00:00Z',
    image: 'web',
    digest,
    gate: { verdict: 'pass', scanner: 'trivy 0.68.2' },
    tags: named('team/web:1'),
  });
});
afterEach(() => server.close());
afterAll(closeHarnesses);

describe('what a saved report says was promoted is rolled out only where the registry bears out every tag of it', () => {
  test('the tag that the record names', async () => {
    expect(await whyUnproven(run(), digest, named('team/web:1'))).toBeUndefined();
  });

  test('not a further tag of the same repository', async () => {
    const why = `the record of the promotion of ${digest} does not name ${server.host}/team/web:2`;
    expect(await whyUnproven(run(), digest, named('team/web:1', 'team/web:2'))).toBe(why);
  });

  test('not a tag of another repository, whose own record there is none', async () => {
    const why = `no record in ${server.host}/team/copy says that ${digest} passed a gate and was promoted`;
    expect(await whyUnproven(run(), digest, named('team/web:1', 'team/copy:1'))).toBe(why);
  });
});
