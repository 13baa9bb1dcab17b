import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordType } from '../../core/baseline/record.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
let old: Image;
let fresh: Image;
beforeEach(async () => {
  server = await startRegistry();
  [old, fresh] = await Promise.all([base('old'), base('new')]);
  await pushImage(server.store, 'library/base', old);
  await pushImage(server.store, 'library/base', fresh, '1');
});
afterEach(() => server.close());

const base = async (content: string) => makeImage({ layers: [await makeLayer({ base: content })] });
const squashed = async () => makeImage({ layers: [await makeLayer({ app: 'web' })] });
const on = async (below: Image, more: object = {}) =>
  makeImage({ base: below, layers: [await makeLayer({ app: 'web' })], ...more });
const inToto = 'application/vnd.in-toto+json';
const hexOf = ({ descriptor }: Image) => descriptor.digest.slice('sha256:'.length);

/** The record that somebody attaches to an image: it was built on this base. */
const recordOf = (subject: Image, below: Image) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'web', digest: { sha256: hexOf(subject) } }],
  predicateType: recordType,
  predicate: { bases: [{ reference: `${server.host}/library/base:1`, digest: below.descriptor.digest }] },
});

function attach(subject: Image, document: object) {
  const { mediaType, digest, size } = subject.descriptor;
  return server.store.putManifest('team/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: inToto,
    config: server.store.putBlob('team/web', '{}', 'application/vnd.oci.empty.v1+json'),
    layers: [server.store.putBlob('team/web', JSON.stringify(document), inToto)],
    subject: { mediaType, digest, size },
  });
}

async function publish(image: Image, says: Image): Promise<void> {
  await pushImage(server.store, 'team/web', image, '1');
  attach(image, recordOf(image, says));
}

const from = { Dockerfile: 'FROM {host}/library/base:1\n' };
const short = ({ descriptor }: Image) => descriptor.digest.slice(7, 19);

describe('a record beside the image that nobody vouches for', () => {
  it.each<[string, () => Promise<Image>]>([
    ['squashed', squashed],
    ['on the old base', () => on(old)],
  ])('makes no image current that is %s', async (_, make) => {
    await publish(await make(), fresh);
    const { bases, printed, image } = await openShop(server, from).check();
    expect(image.verdict).toBe('stale');
    const { digest } = fresh.descriptor;
    expect(bases[0]).toMatchObject({ verdict: 'unrecorded', from: digest, evidence: 'own-record', verified: false });
    expect(printed.replace(/\s+/g, ' ')).toContain(
      `that the published image was built on sha256:${short(fresh)}… is said by this tool's own record (unverified, low confidence) alone.`,
    );
  });

  it('names the base that the layers then show, old or new', async () => {
    await publish(await on(old), old);
    expect((await openShop(server, from).check()).bases[0]).toMatchObject({
      verdict: 'stale',
      from: old.descriptor.digest,
      evidence: 'layers',
    });
    await publish(await on(fresh), fresh);
    const { bases } = await openShop(server, from).check();
    expect(bases[0]).toMatchObject({ verdict: 'current', evidence: 'layers', confidence: 'medium' });
    expect(bases[0]).not.toHaveProperty('verified');
  });

  it('disputes what labels say, and does not outweigh it', async () => {
    const labels = {
      'org.opencontainers.image.base.name': `${server.host}/library/base:1`,
      'org.opencontainers.image.base.digest': old.descriptor.digest,
    };
    await publish(await on(old, { config: { Labels: labels } }), fresh);
    const { bases, printed } = await openShop(server, from).check();
    expect(bases[0]).toMatchObject({
      verdict: 'stale',
      evidence: 'label',
      disputedBy: [{ digest: fresh.descriptor.digest, evidence: 'own-record', confidence: 'low', verified: false }],
    });
    expect(printed.replace(/\s+/g, ' ')).toContain(
      `but sha256:${short(fresh)}… by this tool's own record (unverified, low confidence), so the safer verdict counts`,
    );
  });

  it('makes no build stage current, which leaves no layers to show it', async () => {
    await pushImage(server.store, 'library/tools', fresh, '1');
    const image = await on(fresh);
    await pushImage(server.store, 'team/web', image, '1');
    const record = recordOf(image, fresh);
    const [entry] = record.predicate.bases;
    attach(image, {
      ...record,
      predicate: { bases: [entry, { ...entry, reference: `${server.host}/library/tools:1` }] },
    });
    const Dockerfile = 'FROM {host}/library/tools:1 AS t\nFROM {host}/library/base:1\nCOPY --from=t / /\n';
    const { bases } = await openShop(server, { Dockerfile }).check();
    expect(bases.map(({ verdict, evidence }) => [verdict, evidence])).toEqual([
      ['unrecorded', 'own-record'],
      ['current', 'layers'],
    ]);
  });

  it('of an older base with the same packages does not keep the image from being rebuilt', async () => {
    await publish(await squashed(), old);
    const { bases } = await openShop(server, from).check({ 'stale-when': 'packages' });
    expect(bases[0]).toMatchObject({
      verdict: 'stale',
      packages: { why: 'its packages were not compared, for the record is not verified' },
    });
  });

  it('counts where the lock file of the repository says the same', async () => {
    await publish(await squashed(), fresh);
    const bases = [{ reference: `${server.host}/library/base:1`, digest: fresh.descriptor.digest }];
    const lock = { schemaVersion: 1, images: [{ image: `${server.host}/team/web:1`, bases }] };
    const shop = openShop(server, { ...from, 'base-images.lock.json': JSON.stringify(lock) });
    expect((await shop.check()).bases[0]).toMatchObject({ verdict: 'current', evidence: 'lock-file' });
  });
});

/** A cosign on PATH that writes down how it was called, then does as a shell script says. */
function cosign(script: string) {
  const root = repository({});
  mkdirSync(join(root, 'bin'));
  const file = join(root, 'bin/cosign');
  writeFileSync(file, `#!/bin/sh\necho "$*" >> '${root}/called'\n${script}\n`);
  chmodSync(file, 0o755);
  const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root };
  return { env, called: () => readFileSync(join(root, 'called'), 'utf8').trim().split('\n') };
}

const envelope = (statement: object) =>
  JSON.stringify({ payloadType: inToto, payload: Buffer.from(JSON.stringify(statement)).toString('base64') });
const rules = 'verify-attestations: [{ match: "{host}/team/*", key: team.pub }]\n';
const asked = { ...from, '.base-image-refresh.yml': rules };

describe('verify-attestations', () => {
  it('believes the very statement that is signed, and says that it was verified', async () => {
    const image = await squashed();
    await publish(image, fresh);
    const { env, called } = cosign(`echo '${envelope(recordOf(image, fresh))}'`);
    const shop = openShop(server, asked);
    const { bases, printed, logged } = await shop.check({}, { env });
    expect(bases[0]).toMatchObject({
      verdict: 'current',
      evidence: 'own-record',
      confidence: 'high',
      verified: true,
    });
    expect(printed.replace(/\s+/g, ' ')).toContain("by this tool's own record (signature verified)");
    expect(called()).toEqual([
      `verify-attestation --type ${recordType} --key ${shop.root}/team.pub --allow-http-registry --allow-insecure-registry ${server.host}/team/web@${image.descriptor.digest}`,
    ]);
    expect(logged.filter(({ level }) => level === 'warning')).toEqual([]);
  });

  it.each<[string, (image: Image) => string]>([
    ['by nobody', () => 'echo "Error: no matching attestations: " >&2; exit 1'],
    [
      'of another type',
      () => 'echo "Error: none of the attestations matched the predicate type: x, found: y" >&2; exit 1',
    ],
    ['otherwise', (image) => `echo '${envelope(recordOf(image, old))}'`],
    ['as text', () => 'echo text'],
  ])('counts no statement that is signed %s, and says so', async (_, script) => {
    const image = await squashed();
    await publish(image, fresh);
    const { env } = cosign(script(image));
    const { bases, logged } = await openShop(server, asked).check({}, { env });
    expect(bases[0]).toMatchObject({ verdict: 'unrecorded', from: null, evidence: null });
    expect(logged.filter(({ level }) => level === 'warning').map(({ message }) => message)).toEqual([
      `${server.host}/team/web:1: 1 of 1 attestations beside it is not signed by a signer that verify-attestations ${server.host}/team/* trusts, and not counted`,
    ]);
  });

  it('counts the signed one of two that differ', async () => {
    const image = await squashed();
    await publish(image, fresh);
    attach(image, recordOf(image, old));
    const { env } = cosign(`echo '${envelope(recordOf(image, old))}'`);
    const { bases } = await openShop(server, asked).check({}, { env });
    expect(bases[0]).toMatchObject({ verdict: 'stale', from: old.descriptor.digest, verified: true });
  });

  it('leaves what could not be verified unknown', async () => {
    await publish(await on(fresh), fresh);
    const { env } = cosign('echo "Error: dial tcp: no route" >&2; exit 1');
    const { ended, bases } = await openShop(server, asked).check({}, { env });
    expect([ended, bases[0]?.verdict]).toEqual(['incomplete', 'unknown']);
    expect(bases[0]?.failure).toMatchObject({ code: 'sign-failed' });
    expect(bases[0]?.failure?.detail).toContain('cosign could not verify its attestations: ');
    const missing = await openShop(server, asked).check({}, { env: { PATH: '/nonexistent' } });
    expect([missing.ended, missing.bases[0]?.failure?.code]).toEqual(['incomplete', 'missing-tool']);
  });

  it('runs nothing where nothing is attested, or provenance is part of the image', async () => {
    await pushImage(server.store, 'team/web', makeIndex([await on(fresh)]), '1');
    const { env } = cosign('exit 1');
    const { bases } = await openShop(server, asked).check({}, { env });
    expect(bases[0]).toMatchObject({ verdict: 'current', evidence: 'layers' });
  });

  it('warns of a rule that counts for no image, and refuses one without a registry', async () => {
    await publish(await on(fresh), fresh);
    const stray = {
      ...from,
      '.base-image-refresh.yml': 'verify-attestations: [{ match: ghcr.io/**, tool: notation }]\n',
    };
    const { logged } = await openShop(server, stray).check();
    expect(logged.map(({ message }) => message)).toContain(
      'verify-attestations ghcr.io/**: counts for no image of this run; check its pattern, and those before it',
    );
    const mistaken = {
      ...from,
      '.base-image-refresh.yml': 'verify-attestations: [{ match: team/*, tool: notation }]\n',
    };
    expect((await openShop(server, mistaken).check()).ended).toMatch(/verify-attestations.*names no registry/);
  });
});
