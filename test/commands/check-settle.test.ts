import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { type Checked, openShop, type Shop } from './check-support.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const hour = 3_600_000;
const start = Date.parse('2026-03-01T12:00:00Z');
const clock = (hours: number) => ({ now: () => new Date(start + hours * hour) });
const created = (hours: number) => new Date(start + hours * hour).toISOString();
const undated = '1970-01-01T00:00:00Z';
const arm = { os: 'linux', architecture: 'arm64' };
const Dockerfile = 'FROM {host}/library/base:1\n';
const base = async (content: string, made: string, platform = { os: 'linux', architecture: 'amd64' }) =>
  makeImage({ layers: [await makeLayer({ base: content })], created: made, platform });

/** An image on an index of two platforms, of which a new one is then published. */
async function shopOn(after: readonly Image[], before: readonly Image[], shipped = before): Promise<Shop> {
  const [old, fresh]: readonly ImageIndex[] = [makeIndex(before), makeIndex(after)];
  if (old === undefined || fresh === undefined) throw new Error('two indexes');
  await pushImage(server.store, 'library/base', old, '1');
  const annotations = {
    [annotationKeys.baseName]: `${server.host}/library/base:1`,
    [annotationKeys.baseDigest]: old.descriptor.digest,
  };
  const app = makeIndex(
    shipped.map((image) => makeImage({ base: image })),
    { annotations },
  );
  await pushImage(server.store, 'team/web', app, '1');
  await pushImage(server.store, 'library/base', fresh, '1');
  return openShop(server, { Dockerfile });
}

const two = async (content: string, made: string) => [
  await base(`amd ${content}`, made),
  await base(`arm ${content}`, made, arm),
];
const verdicts = ({ image, bases, ended }: Checked) => [image?.verdict ?? ended, bases[0]?.verdict];

describe('a base that has moved within the window', () => {
  it('is left to settle, is not current, and is rebuilt on once the window has passed', async () => {
    const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
    const early = await shop.plan({ settle: '2h' }, clock(0));
    expect(verdicts(early)).toEqual(['stale', 'settling']);
    expect(early.image.plan).toMatchObject({
      action: 'skip',
      because: [`${server.host}/library/base:1 moved 1 hour ago and is left to settle until 2026-03-01 13:00 UTC`],
    });
    expect(early.printed).toContain(' and is left to settle until 2026-03-01 13:00 UTC; built on ');
    expect(early.ended).toBe('succeeded');
    const late = await shop.plan({ settle: '2h' }, clock(1));
    expect(verdicts(late)).toEqual(['stale', 'stale']);
    expect(late.image.plan?.action).toBe('rebuild');
  });

  it('is rebuilt on where the user forces it, or names no window', async () => {
    const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
    expect((await shop.plan({ settle: '2h', force: 'true' }, clock(0))).image.plan?.action).toBe('rebuild');
    expect((await shop.plan({}, clock(0))).image.plan?.action).toBe('rebuild');
  });

  it('counts by when it was seen to move where that is later than when it was made', async () => {
    const shop = await shopOn(await two('new', created(-50)), await two('old', created(-99)));
    const [earlier, fresh] = [server.store.manifest('library/base', '1'), await two('newer', created(-40))];
    if (earlier === undefined) throw new Error('no base');
    expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'stale']);
    await pushImage(server.store, 'library/base', makeIndex(fresh), '1');
    expect(verdicts(await shop.check({ settle: '2h' }, clock(1)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(2)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(3)))).toEqual(['stale', 'stale']);
  });

  it('without a platform that the image ships is settling first, and missing the platform then', async () => {
    const [amd] = await two('new', created(-1));
    const shop = await shopOn(amd === undefined ? [] : [amd], await two('old', created(-99)));
    const early = await shop.check({ settle: '2h' }, clock(0));
    expect(verdicts(early)).toEqual(['stale', 'settling']);
    expect(early.bases[0]?.settling?.missing).toEqual(['linux/arm64']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(2)))).toEqual(['unknown', 'platform-missing']);
  });
});

describe('a base of which nobody knows when it moved', () => {
  it('is not held where it is whole', async () => {
    const shop = await shopOn(await two('new', undated), await two('old', undated));
    expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'stale']);
  });

  it('is held from when it was first seen where platforms are missing', async () => {
    const [amd] = await two('new', undated);
    const before = await two('old', undated);
    const shop = await shopOn(amd === undefined ? [] : [amd], before, before.slice(0, 1));
    expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(1)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(2)))).toEqual(['stale', 'stale']);
  });
});

describe('a runner that is thrown away', () => {
  const forget = ({ root }: Shop) => rmSync(join(root, '.base-image-refresh'), { recursive: true, force: true });
  const records = () => server.store.tags('team/web').filter((tag) => tag.startsWith('bir-s1-'));

  /** Asks on a machine that remembers nothing. */
  async function anew(shop: Shop, hours: number, command: 'check' | 'plan' = 'plan', inputs = {}) {
    forget(shop);
    return shop[command]({ settle: '2h', ...inputs }, clock(hours));
  }

  it('remembers since when a base without a date lacks platforms, beside the image', async () => {
    const [amd] = await two('new', undated);
    const before = await two('old', undated);
    const shop = await shopOn(amd === undefined ? [] : [amd], before, before.slice(0, 1));
    expect(verdicts(await anew(shop, 0))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 1))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 2))).toEqual(['stale', 'stale']);
    const [tag = ''] = records();
    expect(records()).toEqual([expect.stringMatching(/^bir-s1-[0-9a-f]{64}$/)]);
    const { annotations = {} } = JSON.parse(server.store.manifest('team/web', tag)?.bytes.toString() ?? '{}');
    expect(JSON.parse(annotations[annotationKeys.firstSeen])).toEqual({
      schemaVersion: 1,
      reference: `${server.host}/library/base:1`,
      digest: server.store.digestOf('library/base', '1'),
      at: created(0),
    });
  });

  it('counts from when another machine saw the base move, and from a return anew', async () => {
    const shop = await shopOn(await two('old', created(-99)), await two('old', created(-99)));
    const old = server.store.manifest('library/base', '1');
    const fresh = makeIndex(await two('new', created(-50)));
    expect(verdicts(await anew(shop, 0))).toEqual(['current', 'current']);
    await pushImage(server.store, 'library/base', fresh, '1');
    expect(verdicts(await anew(shop, 1))).toEqual(['stale', 'settling']);
    // check writes nothing, and reads what plan wrote.
    expect(verdicts(await anew(shop, 2.5, 'check'))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 3))).toEqual(['stale', 'stale']);
    const annotations = {
      [annotationKeys.baseName]: `${server.host}/library/base:1`,
      [annotationKeys.baseDigest]: fresh.descriptor.digest,
    };
    const rebuilt = makeIndex(
      (await two('new', created(-50))).map((image) => makeImage({ base: image })),
      { annotations },
    );
    await pushImage(server.store, 'team/web', rebuilt, '1');
    expect(verdicts(await anew(shop, 4))).toEqual(['current', 'current']);
    server.store.putManifest('library/base', old?.bytes ?? Buffer.of(), { tag: '1' });
    expect(verdicts(await anew(shop, 5))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 6))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 7))).toEqual(['stale', 'stale']);
    expect(records()).toHaveLength(2);
  });

  it('writes nothing for check, without a settle time, for its own bases or in a pull request', async () => {
    const shop = await shopOn(await two('new', created(-50)), await two('old', created(-99)));
    await anew(shop, 0, 'check');
    await anew(shop, 0, 'plan', { settle: '' });
    const env = { GITHUB_EVENT_NAME: 'pull_request' };
    await shop.plan({ settle: '2h' }, { ...clock(0), env });
    expect(records()).toEqual([]);
  });

  it('says where it cannot read or write that, and goes on without', async () => {
    const shop = await shopOn(await two('new', created(-50)), await two('old', created(-99)));
    server.inject({ path: /team\/web\/blobs\/uploads/, effect: { kind: 'status', status: 403 } });
    const unwritten = await anew(shop, 0);
    expect(verdicts(unwritten)).toEqual(['stale', 'stale']);
    expect(unwritten.logged[0]).toEqual({
      level: 'warning',
      message: `${server.host}/team/web: the record of when its bases were first seen cannot be written, so settle counts without it (registry answered 403); add credentials for ${server.host}, for example with docker login ${server.host}.`,
    });
    server.inject({ path: /bir-s1-/, effect: { kind: 'status', status: 403 } });
    const unread = await anew(shop, 0);
    expect(verdicts(unread)).toEqual(['stale', 'stale']);
    expect(unread.logged.filter(({ message }) => message.includes('cannot be read'))).toHaveLength(1);
  });

  it.each([
    ['of a time to come', { at: created(9) }],
    ['of another base', { reference: 'docker.io/library/debian:12' }],
    ['of no time', { at: 'yesterday' }],
    ['without end', { at: created(0), reference: 'x'.repeat(100_000) }],
  ])('takes a record %s for no record, and writes its own', async (_, forged) => {
    const [amd] = await two('new', undated);
    const before = await two('old', undated);
    const shop = await shopOn(amd === undefined ? [] : [amd], before, before.slice(0, 1));
    await anew(shop, 0);
    const [tag = ''] = records();
    const manifest = JSON.parse(server.store.manifest('team/web', tag)?.bytes.toString() ?? '{}');
    const record = { ...JSON.parse(manifest.annotations[annotationKeys.firstSeen]), at: created(-9), ...forged };
    manifest.annotations[annotationKeys.firstSeen] = JSON.stringify(record);
    server.store.putManifest('team/web', manifest, { tag });
    expect(verdicts(await anew(shop, 1))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 2.9))).toEqual(['stale', 'settling']);
    expect(verdicts(await anew(shop, 3))).toEqual(['stale', 'stale']);
  });
});

it('a base without a record is left to settle too', async () => {
  await pushImage(server.store, 'library/base', makeIndex(await two('new', created(-1))), '1');
  const squashed = makeImage({ layers: [await makeLayer({ app: 'squashed' })] });
  await pushImage(server.store, 'team/web', squashed, '1');
  const shop = openShop(server, { Dockerfile });
  expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'settling']);
  expect(verdicts(await shop.check({ settle: '2h' }, clock(1)))).toEqual(['stale', 'unrecorded']);
});

it('what cannot be told for want of an answer is unknown', async () => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  server.inject({ path: /library\/base\/blobs/, effect: { kind: 'status', status: 403 } });
  expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['unknown', 'unknown']);
  expect(verdicts(await shop.check({}, clock(0)))).toEqual(['stale', 'stale']);
});

it('a digest in the Dockerfile is not held: it moves when somebody moves it', async () => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  shop.write('Dockerfile', `FROM {host}/library/base:1@${server.store.digestOf('library/base', '1')}\n`);
  expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'stale']);
});

it('a base that this repository publishes is not held', async () => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  const images = [
    '{ dockerfile: Dockerfile, name: web, image: "{host}/team/web:1" }',
    '{ dockerfile: base.Dockerfile, name: base, image: "{host}/library/base:1" }',
  ];
  shop.write('.base-image-refresh.yml', `images:\n${images.map((image) => `  - ${image}\n`).join('')}`);
  shop.write('base.Dockerfile', 'FROM scratch\nCOPY . /\n');
  const { report } = await shop.check({ settle: '2h', image: '' }, clock(0));
  const web = report.images.find(({ name }) => name === 'web');
  expect(web?.bases.map(({ verdict }) => verdict)).toEqual(['stale']);
});

it.each(['0h', '2 h', '25h', 'soon'])('a window of %s is refused', async (settle) => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  expect((await shop.check({ settle })).ended).toContain(`settle: "${settle}" is not valid; use a time from 1s to 24h`);
});
