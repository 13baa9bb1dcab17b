import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../core/failure.ts';
import { clear } from '../core/gate/clear.ts';
import type { Verdict } from '../core/gate/verdict.ts';
import type { Digest } from '../core/oci/digest.ts';
import { mediaTypes } from '../core/oci/manifest.ts';
import { type Reference, withDigest, withTag } from '../core/oci/reference.ts';
import { removeCandidateTag } from '../core/promote/clean-up.ts';
import { snapshotReleases } from '../core/promote/release.ts';
import { rollbackTagsOf } from '../core/promote/rollback-tag.ts';
import { type Promotion, promote } from '../core/promote.ts';
import type { BuiltImage } from '../core/rebuild/engine.ts';
import type { Registry } from '../core/registry/registry.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../testing/images.ts';
import { pushImage } from '../testing/push.ts';
import { startRegistry, type TestRegistry, type TestRegistryOptions } from '../testing/registry.ts';
import { at, closeHarnesses, createHarness, failureOf } from './registry/harness.ts';

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
  const value = clear(built, { digest, verdict: pass }, { kind: 'pass', digest, checks: [], changes: [] });
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
    expect(promotion.tags.map(({ previous }) => previous)).toEqual([old.descriptor.digest, undefined]);
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
      `${server.host}/team/web:1: named ${old.descriptor.digest} when the run began and names ${others.descriptor.digest} now, so it was left alone; run again to check what is there now.`,
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
    expect(failure.message).toMatch(
      new RegExp(
        `; put back what could not be put back: crane tag ${server.host}/team/web@${old.descriptor.digest} 1\\.$`,
      ),
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

  it('takes a tag that was new away again where a later one cannot be moved', async () => {
    const fresh = await image('new');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    server.inject({ method: 'PUT', path: '/v2/team/web/manifests/latest', effect: { kind: 'status', status: 403 } });
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1'), at(server, 'team/web', 'latest')]);
    await failureOf(promote(registry, cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest), releases));
    expect(server.store.tags('team/web')).toEqual(['candidate']);
    expect(server.store.manifest('team/web', fresh.descriptor.digest)).toBeDefined();
  });

  it('says so and gives way where another run moves a tag that it has just moved', async () => {
    const [old, fresh, theirs] = [await image('old'), await image('new'), await image('theirs')];
    for (const tag of ['1', 'latest']) await pushImage(server.store, 'team/web', old, tag);
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1'), at(server, 'team/web', 'latest')]);
    const racing: Registry = {
      ...registry,
      putManifest: async (reference, manifest) => {
        await registry.putManifest(reference, manifest);
        if (reference.tag === 'latest') await pushImage(server.store, 'team/web', theirs, '1');
      },
    };
    const failure = await failureOf(
      promote(racing, cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest), releases),
    );
    expect(failure.message).toBe(
      `${server.host}/team/web:1: names ${theirs.descriptor.digest} after ${fresh.descriptor.digest} was put there; find out what else writes this tag, then run again.`,
    );
    expect(tagged('team/web', '1')).toBe(theirs.descriptor.digest);
    expect(tagged('team/web', 'latest')).toBe(old.descriptor.digest);
  });

  it('tells what is about to move before anything does', async () => {
    const [old, fresh] = [await image('old'), await image('new')];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1')]);
    const told: unknown[] = [];
    const record = async (promotion: Promotion) => {
      told.push(promotion, tagged('team/web', '1'));
    };
    const promotion = await promote(
      registry,
      cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest),
      releases,
      { record },
    );
    expect(told).toEqual([promotion, old.descriptor.digest]);
  });
});

describe('rollback tags', () => {
  it('keep what each release tag named before, and nothing where there was nothing', async () => {
    const [older, old, fresh] = [await image('older'), await image('old'), await image('new')];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', older, '1-previous');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1'), at(server, 'team/web', 'latest')]);
    const { tags } = await promote(
      registry,
      cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest),
      releases,
      { rollbackTag: '{tag}-previous' },
    );
    expect(tagged('team/web', '1-previous')).toBe(old.descriptor.digest);
    expect(tagged('team/web', 'latest-previous')).toBeNull();
    expect(tags.map(({ rollback }) => rollback?.tag)).toEqual(['1-previous', undefined]);
  });

  it('are as they were where the promotion fails', async () => {
    const [older, old, fresh] = [await image('older'), await image('old'), await image('new')];
    await pushImage(server.store, 'team/web', old, '1');
    await pushImage(server.store, 'team/web', older, '1-previous');
    await pushImage(server.store, 'team/web', fresh, 'candidate');
    server.inject({ method: 'PUT', path: '/v2/team/web/manifests/1', effect: { kind: 'status', status: 403 } });
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1')]);
    const image_ = cleared(at(server, 'team/web', 'candidate'), fresh.descriptor.digest);
    await failureOf(promote(registry, image_, releases, { rollbackTag: '{tag}-previous' }));
    expect(tagged('team/web', '1')).toBe(old.descriptor.digest);
    expect(tagged('team/web', '1-previous')).toBe(older.descriptor.digest);
  });

  it('cannot be release tags of the same image', async () => {
    const releases = ['1', '1-old'].map((tag) => at(server, 'team/web', tag));
    expect(() => rollbackTagsOf('{tag}-old', releases)).toThrow(
      `${server.host}/team/web:1-old: the rollback tag is a release tag of the same image; choose another rollback-tag.`,
    );
  });
});

describe('referrers', () => {
  const signature = (subject: object, layer: object, config: object) => ({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.signature',
    config,
    layers: [layer],
    subject,
  });

  /** A signed index in staging, its SBOM signed as well, one platform signed by itself, and a tag as cosign left them. */
  async function attached() {
    const fresh = makeIndex([await image('new')]);
    await pushImage(server.store, 'staging/web', fresh, 'candidate');
    const blob = (text: string) => server.store.putBlob('staging/web', text, 'application/json');
    const attach = (subject: object, text: string) =>
      server.store.putManifest('staging/web', signature(subject, blob(text), blob('{}')));
    const sbom = attach(fresh.descriptor, 'sbom');
    const [platform] = fresh.entries;
    const all = [sbom, attach(sbom, 'signed sbom'), attach(platform?.descriptor ?? {}, 'signed platform')];
    const tag = `${fresh.descriptor.digest.replace(':', '-')}.sig`;
    const { subject: _, ...old } = signature({}, blob('old'), blob('{}'));
    server.store.putManifest('staging/web', old, { tag });
    return { fresh, all, sbom, tag };
  }

  it.each([true, false])('go along to another repository before the release does (referrers API: %s)', async (api) => {
    await server.close();
    server = await startRegistry({ referrers: api });
    const { fresh, all, sbom, tag } = await attached();
    const { registry } = createHarness();
    // A registry without the API knows them by the tag that its clients keep.
    for (const { digest } of api ? [] : all) {
      const held = server.store.manifest('staging/web', digest);
      const manifest = { bytes: held?.bytes ?? Buffer.alloc(0), descriptor: { ...sbom, digest } };
      await registry.putManifest({ registry: server.host, repository: 'staging/web', digest }, manifest);
    }
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1')]);
    const { referrers } = await promote(
      registry,
      cleared(at(server, 'staging/web', 'candidate'), fresh.descriptor.digest),
      releases,
    );
    expect(referrers).toBe(4);
    const found = await registry.referrers(at(server, 'team/web'), fresh.descriptor.digest);
    expect(found.map(({ digest }) => digest)).toEqual([sbom.digest]);
    expect(await registry.referrers(at(server, 'team/web'), sbom.digest)).toHaveLength(1);
    expect(tagged('team/web', tag)).toBe(tagged('staging/web', tag));
    const puts = server
      .writes()
      .filter(({ method, path }) => method === 'PUT' && path.startsWith('/v2/team/web/manifests/'));
    expect(puts.at(-1)?.path).toBe('/v2/team/web/manifests/1');
  });

  it('that the other registry does not list keep the release from moving', async () => {
    const { fresh } = await attached();
    const { registry } = createHarness();
    const releases = await snapshotReleases(registry, [at(server, 'team/web', '1')]);
    const forgetful: Registry = {
      ...registry,
      referrers: async (repository, digest) =>
        repository.repository === 'team/web' ? [] : registry.referrers(repository, digest),
    };
    const failure = await failureOf(
      promote(forgetful, cleared(at(server, 'staging/web', 'candidate'), fresh.descriptor.digest), releases),
    );
    expect(failure.message).toMatch(/^127\.0\.0\.1:\d+\/team\/web: does not list sha256:\w+, which was copied there/);
    expect(tagged('team/web', '1')).toBeNull();
  });
});

describe('the candidate tag', () => {
  async function promotedCandidate(options: TestRegistryOptions = {}) {
    await server.close();
    server = await startRegistry(options);
    const fresh = await image('new');
    for (const tag of ['1', 'candidate']) await pushImage(server.store, 'team/web', fresh, tag);
    return { digest: fresh.descriptor.digest, releases: [at(server, 'team/web', '1')], ...createHarness() };
  }

  it('is removed as a tag, and the release that shares its content stays', async () => {
    const { registry, releases, digest } = await promotedCandidate();
    const candidate = withDigest(at(server, 'team/web', 'candidate'), digest);
    expect(await removeCandidateTag(registry, candidate, releases)).toEqual({ state: 'removed' });
    expect(server.store.tags('team/web')).toEqual(['1']);
    expect(tagged('team/web', '1')).toBe(digest);
    expect(server.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'DELETE /v2/team/web/manifests/candidate',
    ]);
  });

  it('is left where the registry deletes no tags, with the reason, and nothing is deleted by digest', async () => {
    const { registry, releases, digest } = await promotedCandidate({ deletes: false });
    expect(await removeCandidateTag(registry, at(server, 'team/web', 'candidate'), releases)).toEqual({
      state: 'left',
      why: 'registry does not allow deletion',
    });
    expect(tagged('team/web', '1')).toBe(digest);
    expect(server.writes()).toHaveLength(1);
  });

  it('goes with an empty image of its own where the registry deletes by digest alone', async () => {
    const { registry, releases, digest } = await promotedCandidate({ tagDeletes: false });
    expect(await removeCandidateTag(registry, at(server, 'team/web', 'candidate'), releases)).toEqual({
      state: 'removed',
    });
    expect(server.store.tags('team/web')).toEqual(['1']);
    expect(tagged('team/web', '1')).toBe(digest);
    const deleted = server.writes().flatMap(({ method, path }) => (method === 'DELETE' ? [path] : []));
    expect(deleted).not.toContain(`/v2/team/web/manifests/${digest}`);
    expect(deleted).toHaveLength(3);
  });

  it('is told to name an empty image where the registry at last will not delete that', async () => {
    const { registry, releases, digest } = await promotedCandidate({ tagDeletes: false });
    let asked = 0;
    const fickle: Registry = {
      ...registry,
      deleteManifest: async (reference) => {
        if (++asked > 2) throw fail('refused', 'team/web', 'registry answered 507');
        return registry.deleteManifest(reference);
      },
    };
    expect(await removeCandidateTag(fickle, at(server, 'team/web', 'candidate'), releases)).toEqual({
      state: 'left',
      why: 'names an image without content now: registry answered 507',
    });
    expect(tagged('team/web', '1')).toBe(digest);
    const deaf: Registry = {
      ...registry,
      deleteManifest: async ({ tag }) => {
        if (tag !== undefined) throw fail('refused', 'team/web', 'registry answered 400');
      },
    };
    await pushImage(server.store, 'team/web', await image('other'), 'candidate');
    expect(await removeCandidateTag(deaf, at(server, 'team/web', 'candidate'), releases)).toEqual({
      state: 'left',
      why: 'names an image without content now: the registry agreed to delete it',
    });
  });

  it('is left with the first reason where the registry deletes neither tags nor digests', async () => {
    const { registry, releases, digest } = await promotedCandidate();
    const rigid: Registry = {
      ...registry,
      deleteManifest: async ({ tag }) => {
        throw fail('refused', 'team/web', `registry answered ${tag === undefined ? 405 : 400}`);
      },
    };
    expect(await removeCandidateTag(rigid, at(server, 'team/web', 'candidate'), releases)).toEqual({
      state: 'left',
      why: 'registry answered 400',
    });
    expect([tagged('team/web', 'candidate'), server.writes()]).toEqual([digest, []]);
  });

  it('is removed by the API for tags of an Azure registry, which deletes manifests by digest alone', async () => {
    const { digest } = await promotedCandidate({ azureTags: true, tagDeletes: false });
    const host = 'contoso.azurecr.io';
    const { registry } = createHarness({}, { routes: { [`https://${host}`]: server.url } });
    const [release, candidate] = ['1', 'candidate'].map((tag) =>
      withTag({ registry: host, repository: 'team/web' }, tag),
    );
    if (release === undefined || candidate === undefined) throw new Error('two tags');
    expect(await removeCandidateTag(registry, candidate, [release])).toEqual({ state: 'removed' });
    expect(tagged('team/web', '1')).toBe(digest);
    const removals = server.requests.filter(({ method }) => method === 'DELETE');
    expect(removals.map(({ path }) => path)).toEqual(['/acr/v1/team/web/_tags/candidate']);
  });

  it('is nothing to speak of where nothing was pushed', async () => {
    const { registry, releases } = await promotedCandidate();
    expect(await removeCandidateTag(registry, at(server, 'team/web', 'never'), releases)).toBeUndefined();
    expect(server.writes()).toEqual([]);
  });

  it('costs no release where a registry takes the content away with the tag', async () => {
    const { registry, releases, digest } = await promotedCandidate();
    const careless: Registry = {
      ...registry,
      deleteManifest: async () => void server.store.deleteManifest('team/web', digest),
    };
    expect(await removeCandidateTag(careless, at(server, 'team/web', 'candidate'), releases)).toEqual({
      state: 'left',
      why: `the registry took ${server.host}/team/web:1 away with it, which was put back`,
    });
    expect(tagged('team/web', '1')).toBe(digest);
  });

  it('is lost where a registry takes the content away with it and takes nothing back, with each reason once', async () => {
    const { registry, releases, digest } = await promotedCandidate();
    const greedy: Registry = {
      ...registry,
      deleteManifest: async () => void server.store.deleteManifest('team/web', digest),
      putManifest: async () => {
        throw fail('refused', 'team/web', 'registry answered 507');
      },
    };
    const both = [...releases, ...releases];
    const outcome = await removeCandidateTag(greedy, at(server, 'team/web', 'candidate'), both);
    expect(outcome?.state === 'lost' && outcome.failure.detail).toMatch(
      /could not be read or put back \(team\/web registry answered 507\)$/,
    );
  });
});
