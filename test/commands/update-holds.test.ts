import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { offer, offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const json = { format: 'json' };
const dockerfile = { Dockerfile: 'FROM node:20.10.0\n' };
const arm = ['linux/amd64', 'linux/arm/v7'];

describe('a candidate must be there for every platform that is built', () => {
  test('and the next one that is, is taken', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0'], { platforms: arm });
    await offerAll(server, 'library/node', ['20.12.0', '20.13.0']);
    const ended = await update(server, dockerfile, { ...json, platform: arm.join(',') });
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    expect(ended.document.held).toEqual([
      {
        from: 'docker.io/library/node:20.10.0',
        to: 'docker.io/library/node:20.13.0',
        kind: 'minor',
        reason: 'platform',
        detail: 'is not there for linux/arm/v7',
        until: null,
        missing: ['linux/arm/v7'],
        locations: [{ path: 'Dockerfile', line: 1, via: 'from', through: null }],
      },
    ]);
    expect(ended.lines).toContain(
      'info: node:20.10.0 stays in Dockerfile:1: node:20.13.0 is not there for linux/arm/v7',
    );
  });

  test('stated in FROM, for one build of several, or by nothing but this machine', async () => {
    await offerAll(server, 'library/node', ['20.10.0'], { platforms: [...arm, 'linux/arm64'] });
    await offerAll(server, 'library/node', ['20.11.0']);
    const stated = await update(server, { Dockerfile: 'FROM --platform=linux/arm/v7 node:20.10.0\n' }, json);
    expect(stated.document.held).toMatchObject([{ missing: ['linux/arm/v7'] }]);
    const several = await update(
      server,
      {
        'a/Dockerfile': 'FROM node:20.10.0\n',
        'b/Dockerfile': 'FROM node:20.10.0\n',
        '.base-image-refresh.yml': 'images: [{dockerfile: b/Dockerfile, platforms: [linux/arm/v7, linux/amd64]}]\n',
      },
      json,
    );
    expect(several.document.held).toMatchObject([{ missing: ['linux/arm/v7'] }]);
    const plain = await update(server, dockerfile, json);
    expect(plain.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
  });

  test('of Windows where the image in use is for nothing else', async () => {
    const windows = { platforms: ['windows/amd64'] };
    await offerAll(server, 'library/golang', ['1.21-nanoserver-ltsc2022', '1.22-nanoserver-ltsc2022'], windows);
    await offer(server, 'library/golang', '1.23-nanoserver-ltsc2022', { platforms: ['linux/amd64'] });
    const ended = await update(server, { Dockerfile: 'FROM golang:1.21-nanoserver-ltsc2022\n' }, json);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/golang:1.22-nanoserver-ltsc2022' }]);
    expect(ended.document.held).toMatchObject([
      { to: 'docker.io/library/golang:1.23-nanoserver-ltsc2022', missing: ['windows/amd64'] },
    ]);
  });

  test('of the published image where nothing states them', async () => {
    await offer(server, 'library/node', '20.10.0', { platforms: arm });
    await offer(server, 'library/node', '20.11.0');
    await offer(server, 'acme/web', '1', { platforms: arm });
    const settings = `images: [{dockerfile: Dockerfile, image: "${server.host}/acme/web:1"}]\n`;
    const files = { ...dockerfile, '.base-image-refresh.yml': settings };
    const ended = await update(server, files, json);
    expect(ended.document).toMatchObject({ updates: [], held: [{ missing: ['linux/arm/v7'] }] });
    const stated = await update(server, files, { ...json, platform: 'linux/amd64' });
    expect(stated.document.updates).toHaveLength(1);
    server.inject({ path: /acme\/web/, effect: { kind: 'status', status: 500 } });
    const unknown = await update(server, { ...files, 'Dockerfile.b': 'FROM node:20.10.0\n' }, json);
    expect(unknown.document).toMatchObject({ updates: [], failures: [{ code: 'unreachable' }] });
    expect(unknown.document.failures).toHaveLength(1);
  });

  test('of no image that is yet to be published', async () => {
    await offer(server, 'library/node', '20.10.0', { platforms: arm });
    await offer(server, 'library/node', '20.11.0');
    const settings = `images: [{dockerfile: Dockerfile, image: "${server.host}/acme/new:1"}]\n`;
    const ended = await update(server, { ...dockerfile, '.base-image-refresh.yml': settings }, json);
    expect(ended.document).toMatchObject({ updates: [{ kind: 'minor' }], failures: [] });
  });

  test('and must be an image', async () => {
    await offer(server, 'library/node', '20.10.0');
    const blob = server.store.putBlob('library/node', '{}');
    const chart = { ...blob, mediaType: 'application/vnd.cncf.helm.config.v1+json' };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    server.store.putManifest(
      'library/node',
      { schemaVersion: 2, mediaType, config: chart, layers: [] },
      { tag: '20.11.0' },
    );
    const ended = await update(server, dockerfile, json);
    expect(ended.document.updates).toEqual([]);
    expect(ended.document.held).toMatchObject([{ to: 'docker.io/library/node:20.11.0', reason: 'not-an-image' }]);
    expect(ended.document.held[0].detail).toContain('application/vnd.cncf.helm.config.v1+json');
    expect(ended.conclusion).toBe('succeeded');
  });
});

const now = new Date('2026-06-15T12:00:00Z');
const wait = { ...json, 'minimum-age': '7' };

function daysAgo(days: number): string {
  return new Date(now.getTime() - days * 24 * 3_600_000).toISOString();
}

describe('minimum-age', () => {
  test('holds back what was made too lately, and takes what is old enough', async () => {
    await offer(server, 'library/node', '20.10.0', { created: daysAgo(90) });
    await offer(server, 'library/node', '20.11.0', { created: daysAgo(7) });
    await offer(server, 'library/node', '20.12.0', { created: daysAgo(2) });
    await offer(server, 'library/node', '20.13.0', { created: daysAgo(1) });
    const ended = await update(server, dockerfile, wait, { now });
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    expect(ended.document.held).toMatchObject([
      {
        to: 'docker.io/library/node:20.13.0',
        reason: 'minimum-age',
        detail: 'has been there since 2026-06-14 and is taken from 2026-06-21 on',
        until: '2026-06-21T12:00:00.000Z',
      },
    ]);
    expect(ended.document.held).toHaveLength(1);
    const alone = await update(server, dockerfile, { ...wait, 'minimum-age': '80' }, { now });
    expect(alone.document).toMatchObject({
      updates: [],
      held: [{ to: 'docker.io/library/node:20.13.0' }],
      unchanged: [],
    });
    const off = await update(server, dockerfile, json, { now });
    expect(off.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.13.0' }]);
  });

  test('counts from the youngest platform that is used', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0'], { created: daysAgo(30) });
    const young = await offer(server, 'library/node', 'young', { created: daysAgo(1), platforms: ['linux/arm64'] });
    const old = await offer(server, 'library/node', 'old', { created: daysAgo(30), platforms: ['linux/amd64'] });
    const entry = (digest: string | undefined, architecture: string) => {
      const bytes = server.store.manifest('library/node', digest ?? '')?.bytes ?? Buffer.of();
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      return { mediaType, digest, size: bytes.length, platform: { os: 'linux', architecture } };
    };
    const manifests = [entry(young.platforms[0], 'arm64'), entry(old.platforms[0], 'amd64')];
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    server.store.putManifest('library/node', { schemaVersion: 2, mediaType, manifests }, { tag: '20.12.0' });
    const both = await update(server, dockerfile, { ...wait, platform: 'linux/amd64,linux/arm64' }, { now });
    expect(both.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    const one = await update(server, dockerfile, { ...wait, platform: 'linux/amd64' }, { now });
    expect(one.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.12.0' }]);
  });

  test.each([
    ['the epoch', '1970-01-01T00:00:00Z'],
    ['the future', '2036-01-01T00:00:00Z'],
    ['no time', 'yesterday'],
  ])('does not believe %s and counts from when it was first seen', async (_, created) => {
    await offer(server, 'library/node', '20.10.0', { created: daysAgo(90) });
    await offer(server, 'library/node', '20.11.0', { created });
    const first = await update(server, dockerfile, wait, { now });
    expect(first.document.held).toMatchObject([
      { to: 'docker.io/library/node:20.11.0', until: '2026-06-22T12:00:00.000Z' },
    ]);
    const { root } = first;
    const week = await update(server, {}, wait, { root, now: new Date('2026-06-22T11:59:00Z') });
    expect(week.document.updates).toEqual([]);
    const later = await update(server, {}, wait, { root, now: new Date('2026-06-22T12:00:00Z') });
    expect(later.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
  });

  test('counts from the first sight of what appears while it watches, whatever it says of itself', async () => {
    const root = repository(dockerfile);
    await offerAll(server, 'library/node', ['20.10.0', '20.10.1'], { created: daysAgo(90) });
    const first = await update(server, {}, wait, { root, now });
    expect(first.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.10.1' }]);
    await offer(server, 'library/node', '20.11.0', { created: daysAgo(60) });
    const next = await update(server, {}, wait, { root, now: new Date('2026-06-16T12:00:00Z') });
    expect(next.document.held).toMatchObject([
      { to: 'docker.io/library/node:20.11.0', until: '2026-06-23T12:00:00.000Z' },
    ]);
    const after = await update(server, {}, wait, { root, now: new Date('2026-06-23T12:00:00Z') });
    expect(after.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    // Other content under the same tag begins anew.
    await offer(server, 'library/node', '20.11.0', { created: daysAgo(60), content: 'other' });
    const moved = await update(server, {}, wait, { root, now: new Date('2026-06-24T12:00:00Z') });
    expect(moved.document.held).toMatchObject([
      { to: 'docker.io/library/node:20.11.0', until: '2026-07-01T12:00:00.000Z' },
    ]);
  });

  test('keeps what it saw in a file that can be named, and refuses one that is none', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0'], { created: daysAgo(90) });
    const ended = await update(server, dockerfile, { ...wait, 'first-seen': 'seen.json' }, { now });
    expect(JSON.parse(ended.file('seen.json'))).toEqual({
      schemaVersion: 1,
      lines: {
        'docker.io/library/node:#.#.#': {
          watchedSince: now.toISOString(),
          tags: { '20.11.0': { firstSeen: now.toISOString(), digest: expect.stringMatching(/^sha256:/) } },
        },
      },
    });
    for (const text of ['[]', '{', '{"schemaVersion":1,"lines":{"a":{"watchedSince":"soon","tags":{}}}}']) {
      const refused = await update(
        server,
        { ...dockerfile, 'seen.json': text },
        { ...wait, 'first-seen': 'seen.json' },
      );
      expect(refused.thrown).toMatch(
        /seen\.json: is not a record of when tags were first seen; remove it or restore it\.$/,
      );
    }
    const unasked = await update(server, { ...dockerfile, 'seen.json': '[]' }, { ...json, 'first-seen': 'seen.json' });
    expect(unasked.conclusion).toBe('succeeded');
  });

  test('holds a pin back too', async () => {
    const { digest } = await offer(server, 'library/node', '20.10.0', { created: daysAgo(90) });
    await offer(server, 'library/node', '20.10.0', { created: daysAgo(3), content: 'next' });
    const files = { Dockerfile: `FROM node:20.10.0@${digest}\n` };
    const ended = await update(server, files, wait, { now });
    expect(ended.document).toMatchObject({ updates: [], held: [{ kind: 'digest', reason: 'minimum-age' }] });
    const { root } = ended;
    const after = await update(server, {}, wait, { root, now: new Date('2026-06-20T00:00:00Z') });
    expect(after.document.updates).toMatchObject([{ kind: 'digest' }]);
  });
});

describe('scan-held', () => {
  const sarif = (ids: readonly string[]) => ({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } },
        results: ids.map((ruleId) => ({
          ruleId,
          level: 'error',
          message: { text: 'Package: openssl\nInstalled Version: 1\nFixed Version: 2\nSeverity: HIGH' },
        })),
      },
    ],
  });

  // A scanner that knows by the digest what to find.
  async function held(old: readonly string[], next: readonly string[] | null, inputs = {}) {
    const used = await offer(server, 'library/node', '20.10.0', { created: daysAgo(90), platforms: ['linux/amd64'] });
    await offer(server, 'library/node', '20.11.0', { created: daysAgo(1), platforms: ['linux/amd64'] });
    const program = [
      `const image = process.argv[2];`,
      `const isOld = image.includes(${JSON.stringify(used.platforms[0])});`,
      `const report = isOld ? ${JSON.stringify(sarif(old))} : ${JSON.stringify(next === null ? null : sarif(next))};`,
      `if (report === null) process.exit(3);`,
      `console.log(JSON.stringify(report));`,
    ].join('\n');
    const root = repository({ ...dockerfile, 'scan.cjs': program });
    const scanner = `{tool: command, command: [node, "${join(root, 'scan.cjs')}", "{image}"], format: sarif}`;
    writeFileSync(join(root, '.base-image-refresh.yml'), `scanner: ${scanner}\ngate: {severity-threshold: high}\n`);
    return update(server, {}, { ...wait, 'scan-held': 'true', allow: 'scanner-command', ...inputs }, { now, root });
  }

  test('takes what fixes something that the gate refuses', async () => {
    const ended = await held(['CVE-2026-1', 'CVE-2026-2'], ['CVE-2026-2']);
    expect(ended.document.updates).toMatchObject([
      {
        to: 'docker.io/library/node:20.11.0',
        notes: ['taken before it is 7 days old, because it fixes CVE-2026-1'],
      },
    ]);
  });

  test.each([
    ['fixes nothing', ['CVE-2026-1'], ['CVE-2026-1'], 'it fixes nothing that the gate refuses'],
    ['has nothing to fix', [], [], 'it fixes nothing that the gate refuses'],
    ['brings something of its own', ['CVE-2026-1'], ['CVE-2026-3'], 'the gate would refuse it for CVE-2026-3'],
    ['cannot be scanned', ['CVE-2026-1'], null, 'whether it fixes anything is not known'],
  ])('goes on holding what %s', async (_, old, next, why) => {
    const ended = await held(old, next);
    expect(ended.document.updates).toEqual([]);
    expect(ended.document.held).toMatchObject([{ to: 'docker.io/library/node:20.11.0', reason: 'minimum-age' }]);
    expect(ended.document.held[0].detail).toContain(`is taken from 2026-06-21 on; ${why}`);
  });

  test('scans nothing unless it is asked to', async () => {
    const ended = await held(['CVE-2026-1'], [], { 'scan-held': 'false' });
    expect(ended.document.held).toMatchObject([
      { detail: 'has been there since 2026-06-14 and is taken from 2026-06-21 on' },
    ]);
  });
});
