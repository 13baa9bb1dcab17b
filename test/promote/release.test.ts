import { afterEach, expect, test } from 'vitest';
import { recordIn } from '../../core/promote/record.ts';
import { currentDigest } from '../../core/promote/release.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from '../registry/harness.ts';

afterEach(closeAll);

test('a tag is gone only where the registry says so, and whatever else it answers is a failure', async () => {
  const server = await start();
  const { digest } = putImage(server, 'team/web', '1');
  const { registry } = createHarness();
  expect(await currentDigest(registry, at(server, 'team/web', '1'))).toBe(digest);
  expect(await currentDigest(registry, at(server, 'team/web', 'none'))).toBeUndefined();
  server.inject({ path: '/v2/team/web/manifests/1', effect: { kind: 'status', status: 403 } });
  expect((await failureOf(currentDigest(registry, at(server, 'team/web', '1')))).code).toBe('forbidden');
});

test('a record of a promotion keeps the name of its image where it has one', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const tags = [{ reference: 'registry.example/team/web:1', previous: null }];
  const record = { schemaVersion: 1, at: '2026-11-21T09:30:00.000Z', digest, tags };
  const read = { at: record.at, digest, tags: [{ reference: 'registry.example/team/web:1' }] };
  expect(recordIn(JSON.stringify({ ...record, image: 'web' }))).toEqual({ ...read, image: 'web' });
  expect(recordIn(JSON.stringify(record))).toEqual(read);
});
