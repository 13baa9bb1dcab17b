import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, describeFailure } from '../../core/failure.ts';
import { decodeManifest } from '../../core/oci/decode.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { type Descriptor, mediaTypes, type StoredManifest } from '../../core/oci/manifest.ts';
import { type Reference, withDigest, withTag } from '../../core/oci/reference.ts';
import type { World } from '../../core/ports.ts';
import { removeCandidateTag } from '../../core/promote/clean-up.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { RegistrySettings } from '../../core/registry/settings.ts';
import { createWorld } from '../../core/world.ts';
import { kinds, type Server } from './registries/servers.ts';
import { sha256 } from './registries/token-server.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';

// One contract, held to every registry there is: what the client believes of registries must be true of real ones.

const world = createWorld();
afterAll(() => world.close());

/** What a run is told of these servers. */
function settingsOf(...servers: readonly Server[]): RegistrySettings {
  const credentials = Object.fromEntries(
    servers.flatMap(({ host, credential }) => (credential === undefined ? [] : [[host, credential]])),
  );
  const tokenRealms = servers.flatMap(({ realm }) => (realm === undefined ? [] : [realm]));
  return { credentials, tokenRealms, mirrors: {}, insecureHosts: [], concurrency: 8, deadline: 60_000 };
}

function clientOf(server: Server): Registry {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent' };
  return createRegistry({ ...world, env }, settingsOf(server));
}

async function pushImage(
  registry: Registry,
  to: Reference & { readonly tag: string },
  content: string,
): Promise<StoredManifest> {
  const layer = await registry.putBlob(to, Buffer.from(content), 'application/vnd.oci.image.layer.v1.tar');
  const settings = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  const config = await registry.putBlob(to, Buffer.from(JSON.stringify(settings)), mediaTypes.ociConfig);
  return putDocument(registry, to, { mediaType: mediaTypes.ociManifest, config, layers: [layer] });
}

async function putDocument<T extends { readonly mediaType: string }>(
  registry: Registry,
  to: Reference,
  document: T,
): Promise<StoredManifest> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }, null, 2));
  const descriptor: Descriptor = { mediaType: document.mediaType, digest: digestOf(bytes), size: bytes.length };
  const manifest = { bytes, descriptor, document: decodeManifest(bytes, 'test') };
  await registry.putManifest(to.tag === undefined ? withDigest(to, descriptor.digest) : to, manifest);
  return manifest;
}

function imageLayer({ document }: StoredManifest): Descriptor {
  const [layer] = document.kind === 'manifest' ? document.layers : [];
  if (layer === undefined) throw new Error('no layer');
  return layer;
}

function reset(): Error {
  return Object.assign(new Error('reset'), { code: 'ECONNRESET' });
}

async function crane(...args: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bir-crane-'));
  const env = { HOME: folder, DOCKER_CONFIG: folder };
  const [host, credential, ...command] = args;
  try {
    if (credential)
      await must(program('crane', 'crane'), ['auth', 'login', host ?? '', '-u', 'robot', '-p', credential], { env });
    return await must(program('crane', 'crane'), [...command, '--insecure'], { env });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each(kinds)('$name', (kind) => {
  describeWith(kind.parts, 'keeps the contract', () => {
    let server: Server;
    beforeAll(async () => {
      server = await kind.start();
    });
    afterAll(() => server?.stop());
    const named = (repository: string, tag: string) => withTag({ registry: server.host, repository }, tag);

    test('what is pushed is read back, by tag and by digest, with one HEAD', async () => {
      const pushed = await pushImage(clientOf(server), named('team/app', 'v1'), 'first');
      const registry = clientOf(server);
      expect(await registry.head(named('team/app', 'v1'))).toEqual(pushed.descriptor);
      const read = await registry.manifest(withDigest(named('team/app', 'v1'), pushed.descriptor.digest));
      expect(Buffer.from(read.bytes).equals(Buffer.from(pushed.bytes))).toBe(true);
      expect(sha256(read.bytes)).toBe(pushed.descriptor.digest);
      expect((await registry.config(named('team/app', 'v1'), read)).architecture).toBe('amd64');
      expect(registry.requests()).toMatchObject({ head: 1, get: 2, write: 0 });
      const told = await crane(server.host, server.credential?.password ?? '', 'digest', `${server.host}/team/app:v1`);
      expect(told).toBe(`${pushed.descriptor.digest}\n`);
    });

    test('an index and its children keep their bytes', async () => {
      const registry = clientOf(server);
      const child = await pushImage(registry, named('team/multi', 'amd64'), 'child');
      const platform = { os: 'linux', architecture: 'amd64' };
      const index = { mediaType: mediaTypes.ociIndex, manifests: [{ ...child.descriptor, platform }] };
      const pushed = await putDocument(registry, named('team/multi', 'all'), index);
      const read = await clientOf(server).manifest(named('team/multi', 'all'));
      expect(read.descriptor).toEqual(pushed.descriptor);
      expect(read.document).toMatchObject({
        kind: 'index',
        manifests: [{ digest: child.descriptor.digest, platform }],
      });
    });

    test('blobs get into another repository without being uploaded, and the same manifest follows', async () => {
      const registry = clientOf(server);
      const from = named('team/source', 'v1');
      const to = named('other/target', 'release');
      const pushed = await pushImage(registry, from, 'to be mounted');
      const before = registry.requests().uploadedBytes;
      const { document } = pushed;
      if (document.kind !== 'manifest') throw new Error('an index');
      const blobs = [...document.layers, document.config];
      for (const blob of blobs) {
        const how = await registry.mountBlob(from, to, blob);
        expect(['mounted', 'present']).toContain(how);
      }
      for (const blob of blobs) expect(await registry.mountBlob(from, to, blob)).toBe('present');
      await registry.putManifest(to, pushed);
      expect(registry.requests().uploadedBytes - before).toBe(pushed.bytes.length);
      expect(await clientOf(server).head(to)).toEqual(pushed.descriptor);
    });

    test('a blob of several megabytes is copied from another registry', async () => {
      const other = await kinds[0]?.start();
      if (other === undefined) throw new Error('no other registry');
      const content = Buffer.alloc(5_000_000, 'layer ');
      const source = { registry: other.host, repository: 'big' };
      const blob = await clientOf(other).putBlob(source, content, 'application/octet-stream');
      const both = createRegistry({ ...world, env: {} }, { ...settingsOf(other, server), concurrency: 1 });
      expect(await both.mountBlob(source, named('big/copy', 'v1'), blob)).toBe('copied');
      const read = await clientOf(server).blob(named('big/copy', 'v1'), blob, content.length);
      expect(sha256(read)).toBe(blob.digest);
      await other.stop();
    });

    test('a blob whose upload breaks off is gone on with in chunks', async () => {
      const content = Buffer.alloc(20_000_000, 'chunk by chunk ');
      let broken = 0;
      const http: World['http'] = async (request) => {
        const { method, url } = request;
        if (method === 'PUT' && url.includes('/blobs/uploads/') && broken++ === 0) throw reset();
        const answer = await world.http(request);
        // The second chunk arrives, and nobody hears of it.
        if (method === 'PATCH' && broken++ === 2) {
          await answer.body.cancel();
          throw reset();
        }
        return answer;
      };
      const registry = createRegistry({ ...world, http, env: {} }, settingsOf(server));
      const blob = await registry.putBlob(named('team/chunks', 'v1'), content, 'application/octet-stream');
      expect(broken).toBeGreaterThan(3);
      const read = await clientOf(server).blob(named('team/chunks', 'v1'), blob, content.length);
      expect(sha256(read)).toBe(blob.digest);
    });

    test('what a run keeps spares the next one what has not changed', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'bir-cache-'));
      const to = named('team/kept', 'v1');
      const pushed = await pushImage(clientOf(server), to, 'kept');
      const config = { ...settingsOf(server), cacheDirectory: join(folder, 'registry-cache') };
      const read = async () => {
        const registry = createRegistry({ ...world, env: {} }, config);
        const manifest = await registry.manifest(to);
        await registry.config(to, manifest);
        return { digest: manifest.descriptor.digest, get: registry.requests().get };
      };
      expect(await read()).toEqual({ digest: pushed.descriptor.digest, get: 2 });
      expect(await read()).toEqual({ digest: pushed.descriptor.digest, get: 0 });
      const moved = await pushImage(clientOf(server), to, 'moved');
      expect((await read()).digest).toBe(moved.descriptor.digest);
      await rm(folder, { recursive: true });
    });

    test('tags are listed, moved and missed', async () => {
      const registry = clientOf(server);
      for (const tag of ['a', 'b', 'c']) await pushImage(registry, named('team/tags', tag), tag);
      expect([...(await registry.tags(named('team/tags', 'a')))].sort()).toEqual(['a', 'b', 'c']);
      const moved = await pushImage(registry, named('team/tags', 'a'), 'moved');
      expect((await clientOf(server).head(named('team/tags', 'a'))).digest).toBe(moved.descriptor.digest);
      const missed = await attempt('d', () => registry.head(named('team/tags', 'd')));
      expect(missed.kind === 'failed' ? missed.failure.code : missed.kind).toBe('tag-gone');
      const nowhere = await attempt('x', () => registry.head(named('team/nowhere', 'd')));
      expect(nowhere.kind === 'failed' ? nowhere.failure.code : nowhere.kind).toMatch(/^(not-found|tag-gone)$/);
    });

    test('what is put with a subject is found by it', async () => {
      const registry = clientOf(server);
      const image = await pushImage(registry, named('team/signed', 'v1'), 'signed');
      expect(await registry.referrers(named('team/signed', 'v1'), image.descriptor.digest)).toEqual([]);
      const layer = await registry.putBlob(named('team/signed', 'v1'), Buffer.from('{}'), mediaTypes.inToto);
      const config = { ...layer, mediaType: 'application/vnd.oci.empty.v1+json' };
      const { descriptor: subject } = image;
      const statement = {
        mediaType: mediaTypes.ociManifest,
        artifactType: mediaTypes.inToto,
        config,
        layers: [layer],
        subject,
      };
      const put = await putDocument(registry, { registry: server.host, repository: 'team/signed' }, statement);
      const found = await clientOf(server).referrers(named('team/signed', 'v1'), image.descriptor.digest);
      expect(found).toMatchObject([{ digest: put.descriptor.digest, artifactType: mediaTypes.inToto }]);
    });

    test('a manifest is deleted by its digest', async () => {
      const registry = clientOf(server);
      const image = await pushImage(registry, named('team/gone', 'v1'), 'soon gone');
      const byDigest = withDigest({ registry: server.host, repository: 'team/gone' }, image.descriptor.digest);
      await registry.deleteManifest(byDigest);
      const missed = await attempt('gone', () => clientOf(server).head(byDigest));
      expect(missed.kind === 'failed' ? missed.failure.code : missed.kind).toMatch(/^(not-found|tag-gone)$/);
    });

    test('a candidate tag goes, and the release tag that names the same image stays', async () => {
      const registry = clientOf(server);
      const image = await pushImage(registry, named('team/tidy', 'bir-1-candidate'), 'promoted');
      const [release, candidate] = [named('team/tidy', '1'), named('team/tidy', 'bir-1-candidate')];
      await registry.putManifest(release, image);
      expect(await removeCandidateTag(registry, candidate, [release])).toEqual({ state: 'removed' });
      const after = clientOf(server);
      expect(await after.tags(release)).toEqual(['1']);
      expect((await after.head(release)).digest).toBe(image.descriptor.digest);
      expect(await after.blob(release, imageLayer(image), 100)).toEqual(Buffer.from('promoted'));
    });

    test('one token serves many repositories, and each reference costs one HEAD', async () => {
      const references = Array.from({ length: 30 }, (_, i) => named(`many/app-${i}`, 'v1'));
      const writer = clientOf(server);
      for (const reference of references) await pushImage(writer, reference, reference.repository);
      const registry = clientOf(server);
      const before = server.tokens();
      await Promise.all(references.map((reference) => registry.head(reference)));
      expect(registry.requests()).toMatchObject({ head: 30, get: 0, write: 0 });
      expect(server.tokens() - before).toBe(kind.tokens ? 1 : 0);
      expect(registry.requests().token).toBe(kind.tokens ? 2 : 1);
    });

    if (!kind.authenticates) return;
    test('who may not is told what to do', async () => {
      await pushImage(clientOf(server), named('team/private', 'v1'), 'private');
      const wrong = { username: 'robot', password: 'wrong' };
      for (const [credential, remedy] of [
        [undefined, `add credentials for ${server.host}, for example with docker login ${server.host}.`],
        [wrong, 'check the credentials from the inputs.'],
      ] as const) {
        const credentials = credential === undefined ? {} : { [server.host]: credential };
        const registry = createRegistry({ ...world, env: {} }, { ...settingsOf(server), credentials });
        const refused = await attempt('private', () => registry.head(named('team/private', 'v1')));
        const failure = refused.kind === 'failed' ? refused.failure : undefined;
        expect(failure?.code).toBe('unauthorised');
        const words = failure === undefined ? '' : describeFailure(failure);
        expect(words).toMatch(
          /^127\.0\.0\.1:\d+\/team\/private:v1: (registry|token server 127\.0\.0\.1:\d+) answered 401\b/,
        );
        expect(words.endsWith(remedy)).toBe(true);
      }
    });
  });
});
