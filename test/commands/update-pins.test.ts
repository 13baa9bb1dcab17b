import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../core/oci/manifest.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { offer, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const json = { format: 'json' };
const gone = `sha256:${'0'.repeat(64)}`;
const node = 'docker.io/library/node';

describe('a pin', () => {
  test('is put on the index, the tag kept, where pins are wanted', async () => {
    const { digest } = await offer(server, 'library/node', '20');
    const files = { Dockerfile: `FROM node:20\nFROM node:20@${digest} AS b\n` };
    expect((await update(server, files, json)).document.updates).toEqual([]);
    for (const inputs of [{ 'pin-digests': 'true' }, { 'update-policy': 'digest' }]) {
      const ended = await update(server, files, { ...inputs, ...json, write: 'true' });
      expect(ended.document.updates).toMatchObject([
        { from: `${node}:20`, to: `${node}:20@${digest}`, kind: 'digest' },
      ]);
      expect(ended.document.pins).toMatchObject([
        { reference: `${node}:20@${digest}`, state: 'current', replacement: null },
      ]);
      expect(ended.file('Dockerfile')).toBe(`FROM node:20@${digest}\nFROM node:20@${digest} AS b\n`);
    }
  });

  test('gets the tag spelled out that Docker takes without one', async () => {
    const { digest } = await offer(server, 'library/node', 'latest');
    const ended = await update(server, { Dockerfile: 'FROM node AS n\n' }, { 'pin-digests': 'true', write: 'true' });
    expect(ended.file('Dockerfile')).toBe(`FROM node:latest@${digest} AS n\n`);
  });

  test('follows its tag', async () => {
    const { digest: old } = await offer(server, 'library/node', '20');
    const { digest } = await offer(server, 'library/node', '20', { content: 'next' });
    const ended = await update(server, { Dockerfile: `FROM node:20@${old}\n` }, { ...json, write: 'true' });
    expect(ended.document).toMatchObject({
      updates: [{ from: `${node}:20@${old}`, to: `${node}:20@${digest}`, kind: 'digest', notes: [] }],
      pins: [{ state: 'moved', replacement: `${node}:20@${digest}`, locations: [{ path: 'Dockerfile', line: 1 }] }],
    });
    expect(ended.file('Dockerfile')).toBe(`FROM node:20@${digest}\n`);
    expect(ended.lines).toEqual([`info: node:20@${old} is now node:20@${digest}, digest, in Dockerfile:1`]);
  });

  test('moves with the tag to a newer one, but not under digest', async () => {
    const { digest: old } = await offer(server, 'library/node', '20.1.0');
    const { digest } = await offer(server, 'library/node', '20.2.0');
    const files = { Dockerfile: `FROM node:20.1.0@${old}\n` };
    const ended = await update(server, files, json);
    expect(ended.document.updates).toMatchObject([{ to: `${node}:20.2.0@${digest}`, kind: 'minor' }]);
    const kept = await update(server, files, { ...json, 'update-policy': 'digest' });
    expect(kept.document).toMatchObject({ updates: [], unchanged: [{ why: 'pinned' }] });
    const held = await update(server, files, { ...json, 'minimum-age': '365' }, { now: new Date('2026-02-01') });
    expect(held.document).toMatchObject({ held: [{ kind: 'minor' }], unchanged: [], pins: [{ state: 'current' }] });
    expect(server.requests.filter(({ path }) => path.endsWith('/tags/list'))).toHaveLength(2);
  });

  test('on the manifest of one platform is reported, and repaired where that is wanted', async () => {
    const { digest, platforms } = await offer(server, 'library/node', '20');
    const files = { Dockerfile: `FROM scratch\nFROM node:20@${platforms[0]}\n` };
    const ended = await update(server, files, json);
    expect(ended.document).toMatchObject({
      updates: [],
      held: [{ reason: 'platform-pin', to: `${node}:20@${digest}` }],
      pins: [{ state: 'platform-manifest', replacement: `${node}:20@${digest}` }],
    });
    expect(ended.conclusion).toBe('succeeded');
    const message = `node:20@${platforms[0]} pins the manifest of one platform and not the index of all; it would now be node:20@${digest}`;
    expect(ended.lines).toContain(`warning: ${message}`);
    expect(ended.host.annotations).toEqual([
      { level: 'warning', title: 'Digest pin', message, path: 'Dockerfile', line: 2 },
    ]);
    const repaired = await update(server, files, { ...json, 'repair-pins': 'true', write: 'true' });
    expect(repaired.file('Dockerfile')).toBe(`FROM scratch\nFROM node:20@${digest}\n`);
    expect(repaired.document.updates).toMatchObject([
      { notes: ['it is pinned to the manifest of one platform; the new pin is the index'] },
    ]);
  });

  test('on the manifest of one platform moves to the new manifest of its platform', async () => {
    const old = await offer(server, 'library/node', '20', { content: 'old' });
    const next = await offer(server, 'library/node', '20', { content: 'next' });
    const files = (digest: string | undefined) => ({ Dockerfile: `FROM node:20@${digest}\n` });
    const ended = await update(server, files(old.platforms[1]), { ...json, write: 'true' });
    expect(ended.document).toMatchObject({
      updates: [
        {
          to: `${node}:20@${next.platforms[1]}`,
          kind: 'digest',
          notes: ['it stays pinned to the manifest of linux/arm64'],
        },
      ],
      held: [],
      pins: [{ state: 'platform-manifest' }],
    });
    expect(ended.file('Dockerfile')).toBe(`FROM node:20@${next.platforms[1]}\n`);
    const tagged = await offer(server, 'library/node', '20.1');
    const newer = await offer(server, 'library/node', '20.2');
    const files2 = { Dockerfile: `FROM node:20.1@${tagged.platforms[0]}\n` };
    expect((await update(server, files2, json)).document.updates).toMatchObject([
      { to: `${node}:20.2@${newer.platforms[0]}`, notes: ['it stays pinned to the manifest of linux/amd64'] },
    ]);
    await offer(server, 'library/node', '20', { content: 'one', platforms: ['linux/amd64', 'linux/386'] });
    expect((await update(server, files(old.platforms[1]), json)).document).toMatchObject({
      updates: [],
      held: [{ reason: 'platform', missing: ['linux/arm64'] }],
    });
  });

  test('on the only manifest that there is, is a pin like any other', async () => {
    const { platforms } = await offer(server, 'library/node', 'index');
    const bytes = server.store.manifest('library/node', platforms[0] ?? '')?.bytes ?? Buffer.of();
    server.store.putManifest('library/node', bytes, {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      tag: '20',
    });
    const ended = await update(server, { Dockerfile: `FROM node:20@${platforms[0]}\n` }, json);
    expect(ended.document).toMatchObject({ updates: [], held: [], pins: [{ state: 'current' }] });
    const other = await update(
      server,
      { Dockerfile: `FROM node:20@${platforms[1]}\n` },
      { ...json, platform: 'linux/amd64' },
    );
    expect(other.document.pins).toMatchObject([{ state: 'moved' }]);
  });

  test('that vanished gets what its tag names now, without waiting', async () => {
    const { digest } = await offer(server, 'library/node', '20');
    const files = { 'app/Dockerfile': `FROM node:20@${gone}\n` };
    const ended = await update(server, files, { ...json, write: 'true', 'minimum-age': '365' });
    expect(ended.document).toMatchObject({
      updates: [{ to: `${node}:20@${digest}`, notes: ['the digest that it is pinned to is gone from the registry'] }],
      pins: [{ state: 'vanished', replacement: `${node}:20@${digest}` }],
    });
    expect(ended.file('app/Dockerfile')).toBe(`FROM node:20@${digest}\n`);
    expect(ended.lines).toContain(
      `warning: node:20@${gone} is gone from the registry, so that nothing can be built on it; it would now be node:20@${digest}`,
    );
    expect(ended.host.annotations).toMatchObject([{ path: 'app/Dockerfile', line: 1 }]);
  });

  test('that vanished with its tag is replaced by a newer tag, or fails', async () => {
    const { digest } = await offer(server, 'library/node', '20.2.0');
    const newer = await update(server, { Dockerfile: `FROM node:20.1.0@${gone}\n` }, json);
    expect(newer.document.updates).toMatchObject([{ to: `${node}:20.2.0@${digest}` }]);
    expect(newer.document.pins).toMatchObject([{ state: 'vanished', replacement: null }]);
    const none = await update(server, { Dockerfile: `FROM node:21.1.0@${gone}\n` }, json);
    expect(none.document.failures).toMatchObject([{ code: 'tag-gone' }]);
  });

  test('without a tag is left alone, and reported where it vanished', async () => {
    const { digest } = await offer(server, 'library/node', '20');
    const ended = await update(server, { Dockerfile: `FROM node@${digest}\nFROM node@${gone}\n` }, json);
    expect(ended.document).toMatchObject({
      updates: [],
      unchanged: [{ why: 'untagged-pin' }, { why: 'untagged-pin' }],
      pins: [{ state: 'untagged' }, { state: 'vanished', replacement: null }],
    });
    expect(ended.lines.filter((line) => line.startsWith('warning'))).toEqual([
      `warning: node@${gone} is gone from the registry, so that nothing can be built on it`,
    ]);
  });

  test('that cannot be looked up is no pin that vanished', async () => {
    await offer(server, 'library/node', '20');
    server.inject({ path: new RegExp(`manifests/${gone}`), effect: { kind: 'status', status: 503 } });
    const ended = await update(server, { Dockerfile: `FROM node:20@${gone}\n` }, json);
    expect(ended.document).toMatchObject({ updates: [], pins: [], failures: [{ code: 'unreachable' }] });
    expect(ended.conclusion).toBe('incomplete');
  });

  test('does not move where the new index lacks a platform', async () => {
    const { digest: old } = await offer(server, 'library/node', '20');
    await offer(server, 'library/node', '20', { platforms: ['linux/amd64'], content: 'next' });
    const files = { Dockerfile: `FROM node:20@${old}\n` };
    const ended = await update(server, files, { ...json, platform: 'linux/amd64,linux/arm64' });
    expect(ended.document).toMatchObject({ updates: [], held: [{ reason: 'platform', missing: ['linux/arm64'] }] });
  });

  test('is not put where the index lacks a platform, which the tag may get yet', async () => {
    await offer(server, 'library/node', '20', { platforms: ['linux/amd64'] });
    const inputs = { ...json, 'pin-digests': 'true', platform: 'linux/amd64,linux/arm64' };
    const ended = await update(server, { Dockerfile: 'FROM node:20\n' }, inputs);
    expect(ended.document).toMatchObject({ updates: [], held: [{ reason: 'platform', missing: ['linux/arm64'] }] });
  });

  const unknown = { os: 'unknown', architecture: 'unknown' };
  const marked = { 'vnd.docker.reference.type': 'attestation-manifest' };
  test.each<[string, readonly Partial<Descriptor>[]]>([
    ['nothing', []],
    ['what runs nowhere', [{ platform: unknown }]],
    ['attestations alone', [{ platform: unknown, annotations: marked }]],
  ])('is not put on an index of %s', async (_, entries) => {
    const { descriptor } = makeImage({ layers: [await makeLayer({ a: 'attestation' })] });
    const others = entries.map((entry) => ({ ...descriptor, ...entry }));
    await pushImage(server.store, 'library/node', makeIndex([], { others }), '20');
    const ended = await update(server, { Dockerfile: 'FROM node:20\n' }, { ...json, 'pin-digests': 'true' });
    expect(ended.document.updates).toEqual([]);
    expect(ended.lines).toContain(`error: ${node}:20: has no image for any platform; use an image as base.`);
    expect(ended.conclusion).toBe('incomplete');
  });
});
