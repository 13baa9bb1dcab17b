import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clear, type Verdict } from '../core/gate.ts';
import type { Digest } from '../core/oci/digest.ts';
import { type Reference, withDigest } from '../core/oci/reference.ts';
import { promote, snapshotReleases } from '../core/promote.ts';
import type { BuiltImage } from '../core/rebuild/engine.ts';
import { at, closeHarnesses, createHarness, failureOf } from './registry/harness.ts';
import { type Image, makeImage, makeIndex, makeLayer } from './support/images.ts';
import { pushImage } from './support/push.ts';
import { startRegistry, type TestRegistry } from './support/registry.ts';

const pass: Verdict = { kind: 'pass', exceptionsUsed: [], exceptionsUnused: [] };

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());
afterAll(closeHarnesses);

async function image(content: string): Promise<Image> {
  return makeImage({ layers: [await makeLayer({ 'etc/content': content })] });
}

function cleared(reference: Reference, digest: Digest) {
  const built: BuiltImage = {
    reference: withDigest(reference, digest),
    digest,
    engine: 'rebase',
    pinned: [],
    evidence: 'layers',
    durationMs: 1,
    notes: [],
  };
  const value = clear(pass, built);
  if (value === undefined) throw new Error('a pass clears');
  return value;
}

const tagged = (repository: string, tag: string) => server.store.digestOf(repository, tag) ?? null;

describe('promote', () => {
  it('puts the very bytes of the candidate under every release tag and says what they named before', async () => {
    const [old, fresh] = [await image('old'), makeIndex([await image('new')])];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1'), at(server, 'team/web', 'latest')]);
    const promotion = await promote(
      registry,
      cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest),
      releases,
    );
    expect(tagged('team/web', '1')).toBe(fresh.descriptor.digest);
    expect(tagged('team/web', 'latest')).toBe(fresh.descriptor.digest);
    expect(promotion.tags.map(({ previous }) => previous)).toEqual([old.descriptor.digest, null]);
  });

  it('leaves a tag alone that somebody moved since the run looked', async () => {
    const [old, fresh, others] = [await image('old'), await image('new'), await image('theirs')];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1')]);
    await pushImage(server.store, 'team/web', others, '1');
    server.forgetRequests();
    const failure = await failureOf(
      promote(registry, cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest), releases),
    );
    expect(failure.code).toBe('moved');
    expect(failure.message).toBe(
      `${server.host}/team/web:1: named ${old.descriptor.digest} when the run began and names ${others.descriptor.digest} now, so it was left alone; run again to judge what is there now.`,
    );
    expect(tagged('team/web', '1')).toBe(others.descriptor.digest);
    expect(server.writes()).toEqual([]);
  });

  it('puts the first tag back where the second cannot be moved', async () => {
    const [old, fresh] = [await image('old'), await image('new')];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', old, 'latest');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    server.inject({ method: 'PUT', path: '/v2/team/web/manifests/latest', effect: { kind: 'status', status: 403 } });
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1'), at(server, 'team/web', 'latest')]);
    const failure = await failureOf(
      promote(registry, cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest), releases),
    );
    expect(failure.code).toBe('forbidden');
    expect(tagged('team/web', '1')).toBe(old.descriptor.digest);
    expect(tagged('team/web', 'latest')).toBe(old.descriptor.digest);
  });

  it('names a tag that it could not put back, with what it was', async () => {
    const [old, fresh] = [await image('old'), await image('new')];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    server.inject({ method: 'PUT', path: '/v2/team/web/manifests/latest', effect: { kind: 'status', status: 403 } });
    server.inject({
      method: 'PUT',
      path: '/v2/team/web/manifests/1',
      after: 1,
      effect: { kind: 'status', status: 403 },
    });
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1'), at(server, 'team/web', 'latest')]);
    const failure = await failureOf(
      promote(registry, cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest), releases),
    );
    expect(failure.message).toContain(
      `put back by hand what could not be put back: ${server.host}/team/web:1 (was ${old.descriptor.digest})`,
    );
  });

  it('copies what the manifest refers to where the release is in another repository', async () => {
    const fresh = makeIndex([await image('new')]);
    await pushImage(server.store, 'staging/web', fresh, 'candidate');
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1')]);
    await promote(registry, cleared(at(server, 'staging/web', 'candidate'), fresh.descriptor.digest), releases);
    expect(tagged('team/web', '1')).toBe(fresh.descriptor.digest);
    expect(registry.requests().uploadedBytes).toBeLessThan(4096);
  });
});
