import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
let base: Image;
let web: Image;
beforeEach(async () => {
  server = await startRegistry();
  base = makeImage({ layers: [await makeLayer({ base: '1' })] });
  web = makeImage({ base, layers: [await makeLayer({ app: '1' })] });
  await publish('library/base', base, 1);
  await publish('team/web', web, 1);
});
afterEach(() => server.close());

/** An index whose entries are all to be read: each is for no platform, and might be an attestation. */
async function publish(repository: string, image: Image, entries: number): Promise<void> {
  const unknown = { ...image.descriptor, platform: { os: 'unknown', architecture: 'unknown' } };
  const others = Array.from({ length: entries - 1 }, () => unknown);
  await pushImage(server.store, repository, makeIndex([image], { others }), '1');
}

const check = () => openShop(server, { Dockerfile: 'FROM {host}/library/base:1\nCOPY app app\n', app: '1' }).check();

const bounded = {
  code: 'too-large',
  detail: 'comes to more than 1000 entries of one image index, which is the bound',
  remedy: 'push the image as an index of its platforms alone',
};

describe('an index of more entries than any image has is a failure before anything of it is fetched', () => {
  test.each([1_001, 10_000])('as the image that is published, with %i', async (entries) => {
    await publish('team/web', web, entries);
    const checked = await check();
    const failure = { ...bounded, subject: `${server.host}/team/web:1` };
    expect(checked).toMatchObject({ ended: 'incomplete', image: { verdict: 'unknown', failure } });
    const asked = server.requests.filter(({ path }) => path.startsWith('/v2/team/'));
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v2/team/web/manifests/1']);
  });

  test('as a base', async () => {
    await publish('library/base', base, 10_000);
    const checked = await check();
    expect(checked).toMatchObject({ ended: 'incomplete', image: { verdict: 'unknown' } });
    expect(checked.printed).toContain(`${bounded.detail}; ${bounded.remedy}`);
    expect(checked.printed).toMatch(/library\/base:1\S*: comes to more than/);
    const fetched = checked.asked.filter((line) => line.includes(base.descriptor.digest) || line.includes('/blobs/'));
    expect(fetched).toEqual([]);
  });

  test('as what is to be scanned', async () => {
    await publish('team/web', web, 10_000);
    const { root } = openShop(server, {});
    const world = createWorld({ cwd: root });
    const host = recordingHost({ command: 'scan', image: `${server.host}/team/web:1`, scanner: 'trivy' });
    const conclusion = await run(host, world);
    const report = JSON.parse(await world.files.readText(join(root, '.base-image-refresh/report.json')));
    await world.close();
    expect(conclusion).toBe('incomplete');
    const failure = { ...bounded, subject: `${server.host}/team/web:1` };
    expect(report.images).toMatchObject([{ verdict: 'unknown', gate: null, failure }]);
    const asked = server.requests.map(({ path }) => path).filter((path) => path.startsWith('/v2/team/'));
    expect(new Set(asked)).toEqual(new Set(['/v2/team/web/manifests/1']));
  });
});

test('an index of a thousand entries is read, each content once', async () => {
  await publish('team/web', web, 1_000);
  expect(await check()).toMatchObject({ ended: 'succeeded', image: { verdict: 'current' } });
  const manifests = server.requests
    .map(({ path }) => path)
    .filter((path) => path.startsWith('/v2/team/web/manifests/'));
  expect(manifests).toEqual(['/v2/team/web/manifests/1', `/v2/team/web/manifests/${web.descriptor.digest}`]);
});
