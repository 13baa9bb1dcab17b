import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { annotationKeys, mediaTypes } from '../../../core/oci/manifest.ts';
import { createBuildGuard, type GuardOptions } from '../../../core/rebuild/repeats/guard.ts';
import type { RememberedBuild } from '../../../core/rebuild/repeats/record.ts';
import { startRegistry, type TestRegistry } from '../../../testing/registry.ts';
import { closeHarnesses, createHarness, failureOf } from '../../registry/harness.ts';
import { digestNo } from '../support.ts';

const key = '0123456789abcdef'.repeat(4);
const start = Date.parse('2026-01-02T03:04:05.000Z');
const hours = (count: number) => count * 3_600_000;

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());
afterAll(closeHarnesses);

/** A guard of another machine: nothing but the registry is shared. */
function setUp(options: Partial<GuardOptions> = {}, after = 0) {
  const warnings: string[] = [];
  const world = { now: () => new Date(start + after) };
  const guard = createBuildGuard(createHarness().registry, world, {
    attempts: 3,
    force: false,
    warn: (line) => warnings.push(line),
    ...options,
  });
  return { guard, warnings };
}

const build = (): RememberedBuild => ({
  key,
  image: 'web',
  repository: { registry: server.host, repository: 'team/web' },
});

async function fail(times: number, after = 0) {
  for (let nth = 0; nth < times; nth += 1) await setUp({}, after).guard.failed(build());
}

test('a build that fails is tried as often as the user allows, and then waits, on every machine', async () => {
  for (let nth = 0; nth < 3; nth += 1) {
    expect(await setUp().guard.admit(build())).toEqual({ kind: 'new' });
    await fail(1);
  }
  expect(await failureOf(setUp().guard.admit(build()))).toEqual({
    code: 'build-failed',
    message:
      'web: the same build failed 3 times, last at 2026-01-02T03:04:05.000Z, so it is tried again only after 2026-01-02T04:04:05.000Z; change what it is built from, or run with force.',
  });
  expect(await setUp().guard.admit({ ...build(), key: key.replaceAll('0', '1') })).toEqual({ kind: 'new' });
  expect(await setUp({ force: true }).guard.admit(build())).toEqual({ kind: 'new' });
  expect(await setUp({ attempts: 4 }).guard.admit(build())).toEqual({ kind: 'new' });
});

describe('the wait', () => {
  test.each([
    [3, 1],
    [4, 2],
    [5, 4],
    [8, 32],
    [9, 32],
    [40, 32],
  ])('after %i failures is %i hours', async (failures, wait) => {
    await fail(failures);
    await expect(setUp({}, hours(wait) - 1).guard.admit(build())).rejects.toThrow('is tried again only after');
    expect(await setUp({}, hours(wait)).guard.admit(build())).toEqual({ kind: 'new' });
  });

  test('is not that of a record from a time to come, which nobody can have written', async () => {
    await fail(9, hours(1));
    expect(await setUp().guard.admit(build())).toEqual({ kind: 'new' });
  });
});

test('what was promoted is known to later runs, and its failures are forgotten', async () => {
  await fail(2);
  await setUp().guard.promoted(build(), digestNo(1), digestNo(2));
  expect(await setUp({}, hours(500)).guard.admit(build())).toEqual({
    kind: 'promoted',
    digest: digestNo(1),
    previous: digestNo(2),
    at: '2026-01-02T03:04:05.000Z',
  });
  await fail(1);
  expect(await setUp().guard.admit(build())).toEqual({ kind: 'new' });
});

test('the record says nothing of why a build failed: its words may hold what others are not to read', async () => {
  await fail(1);
  const held = server.store.manifest('team/web', `bir-k1-${key}`);
  const { annotations } = JSON.parse(Buffer.from(held?.bytes ?? []).toString());
  expect(JSON.parse(annotations[annotationKeys.attempt])).toEqual({
    schemaVersion: 1,
    key,
    image: 'web',
    at: '2026-01-02T03:04:05.000Z',
    failures: 1,
  });
});

const good = { schemaVersion: 1, key, image: 'web', at: '2026-01-02T03:04:05.000Z', failures: 9 };
const type = 'application/vnd.base-image-refresh.attempt.v1+json';

test.each([
  ['that is cut off', type, '{"schemaVersion":1,"failures":'],
  ['of another version', type, JSON.stringify({ ...good, schemaVersion: 2 })],
  ['of another build', type, JSON.stringify({ ...good, key: 'another' })],
  ['without a time', type, JSON.stringify({ ...good, at: 'for ever' })],
  ['of fewer than no failures', type, JSON.stringify({ ...good, failures: -1 })],
  ['of a promotion of no digest', type, JSON.stringify({ ...good, failures: 0, promoted: 'latest' })],
  ['of another kind', 'application/vnd.example+json', JSON.stringify(good)],
])('a record %s prevents no build', async (_, artifactType, document) => {
  const config = server.store.putBlob('team/web', '{}', mediaTypes.ociEmpty);
  const annotations = { [annotationKeys.attempt]: document };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config,
    layers: [],
    annotations,
  };
  server.store.putManifest('team/web', manifest, { tag: `bir-k1-${key}` });
  expect(await setUp().guard.admit(build())).toEqual({ kind: 'new' });
});

test('where the register of a build cannot be written, none begins and no candidate of it is let through', async () => {
  server.inject({ method: 'PUT', path: /manifests/, effect: { kind: 'status', status: 403 } });
  const { guard, warnings } = setUp();
  const refused = { code: 'forbidden', message: expect.stringContaining('/team/web:bir-k1-') };
  expect(await failureOf(guard.begun(build()))).toEqual(refused);
  expect(await failureOf(guard.done(build(), digestNo(1)))).toEqual(refused);
  // After the fact it is told of: what was promoted stands, and a build that failed has failed.
  await guard.promoted(build(), digestNo(1));
  await guard.failed(build());
  expect(warnings).toEqual(Array(2).fill(expect.stringContaining('/team/web:bir-k1-')));
  expect(await guard.admit(build())).toEqual({ kind: 'new' });
});

test('a register that cannot be read is not written over by a build that begins', async () => {
  await fail(2);
  const fault = server.inject({ method: 'GET', path: /manifests/, effect: { kind: 'status', status: 403 } });
  await expect(setUp().guard.begun(build())).rejects.toThrow('/team/web:bir-k1-');
  fault.remove();
  await fail(1);
  await expect(setUp().guard.admit(build())).rejects.toThrow('failed 3 times');
});
