import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { writeRollbackRecord } from '../../core/promote/registry-record.ts';
import { findRollback } from '../../core/refresh/promotion-evidence.ts';
import type { TrustRule } from '../../core/sign/settings.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { tools } from '../sign/programs.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

const [restored, from] = [digestOf(Buffer.from('restored')), digestOf(Buffer.from('from'))];
let server: TestRegistry;

beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());
afterAll(closeHarnesses);

/** Looks for a record of a rollback that somebody wrote, with a cosign that does as a script says. */
async function found(script: string, trustAttested: readonly TrustRule[]) {
  const { context, root } = tools(script);
  const host = createRecordingHost();
  const parts = { engine: createTestEngine(server), scanner: createTestScanner(() => []), host };
  const run = { ...createTestRun(testConfig(root, { trustAttested }), parts), world: context.world };
  const { tag: _, ...place } = parseReference(`${server.host}/team/web:1`);
  const tags = [`${server.host}/team/web:1`];
  await writeRollbackRecord(run.registry, place, { at: '2026-01-01T00:00:00Z', digest: restored, from, tags });
  const record = await findRollback(run, place, restored);
  return { record, warnings: host.lines.filter(({ level }) => level === 'warning').map(({ message }) => message) };
}

const rules = (): readonly TrustRule[] => [
  { match: `${server.host}/team/*`, signer: { kind: 'cosign-key', key: 'team.pub', transparencyLog: false } },
];

test('is believed where nothing is asked of it', async () => {
  expect(await found('exit 10', [])).toMatchObject({ record: { digest: from }, warnings: [] });
});

test('is believed where it is signed as is asked', async () => {
  expect(await found('exit 0', rules())).toMatchObject({ record: { digest: from }, warnings: [] });
});

test('is not believed where it is not, with a word: who forges one keeps no rollback from being made', async () => {
  const { record, warnings } = await found('exit 10', rules());
  expect(record).toBeUndefined();
  expect(warnings.join()).toContain(
    `the record of a rollback to ${restored} is not signed by a signer that verify-attestations ${server.host}/team/* trusts`,
  );
});
