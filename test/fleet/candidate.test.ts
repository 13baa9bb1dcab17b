import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { ReportedImage } from '../../core/report/report.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { baseOf, type FleetSite, openFleet, platform, tags } from './site.ts';

// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 180_000 });
let site: FleetSite;
afterEach(() => site.close());

async function refresh() {
  const ended = await site.bir(['refresh', '--output-dir=out']);
  const { images } = JSON.parse(readFileSync(join(site.folder, 'out/report.json'), 'utf8'));
  return { ...ended, image: images[0] as ReportedImage };
}

const own = (prefix: string) => site.registry.store.tags('fleet/web').filter((tag) => tag.startsWith(prefix));

test('what the gate held is found the next night by the key of its build, gated again and promoted', async () => {
  // Nothing that the scanner says passes where it recognised no package.
  site = await openFleet([{ name: 'web' }], { gate: {} });
  const held = await refresh();
  expect([held.code, held.image.candidate]).toEqual([3, { state: 'kept' }]);
  const [candidate] = own('bir-c1-');
  expect(candidate).toMatch(/^bir-c1-[0-9a-f]{64}$/);
  expect(own('bir-k1-')).toEqual([candidate?.replace('bir-c1-', 'bir-k1-')]);
  const digest = site.released('web', candidate);
  const pruned = await site.bir(['prune', '--output-dir=out']);
  expect([pruned.code, own('bir-c1-')]).toEqual([0, [candidate]]);
  site.configure({});
  const next = await refresh();
  expect(next.code, next.stderr).toBe(0);
  expect(next.stderr).toContain(
    `web: not built again, ${site.repository('web')}:${candidate} was made of the same inputs`,
  );
  expect(tags.map((tag) => site.released('web', tag))).toEqual([digest, digest]);
  expect([own('bir-c1-'), own('bir-p1-')]).toEqual([[], [`bir-p1-${digest?.slice('sha256:'.length)}`]]);
  // Legs are divided by how long builds take, and this one was none.
  const record = site.registry.store.manifest('fleet/web', own('bir-p1-')[0] ?? '')?.bytes.toString() ?? '';
  expect(record).toContain(`\\"digest\\":\\"${digest}`);
  expect(record).not.toContain('seconds');
});

test('a candidate under the key that does not stand on the pinned bases is built anew', async () => {
  site = await openFleet([{ name: 'web' }], { gate: {} });
  await refresh();
  site.configure({});
  const [candidate = ''] = own('bir-c1-');
  site.registry.store.tag('fleet/web', candidate, site.old.get('web') as never);
  const next = await refresh();
  expect(next.code, next.stderr).toBe(0);
  expect(next.image.build?.durationMs).toBeGreaterThan(0);
  expect(next.stderr).not.toContain('not built again');
});

// Right by its layers and its records, and with what nobody built.
test.each([
  ['a variable', { User: '1000', Env: ['LD_PRELOAD=/srv/web'] }, []],
  ['a label', { User: '1000', Labels: { other: '1' } }, []],
  ['a user', { User: '0' }, []],
  ['an entrypoint', { User: '1000', Entrypoint: ['/srv/web'] }, []],
  ['a layer', { User: '1000' }, ['srv/other']],
])('a candidate under the key to which somebody added %s is made anew', async (_, config, more) => {
  site = await openFleet([{ name: 'web' }], { gate: {} });
  const made = await refresh();
  site.configure({});
  const [candidate = ''] = own('bir-c1-');
  const { store } = site.registry;
  const { annotations } = JSON.parse(store.manifest('fleet/web', candidate)?.bytes.toString() ?? '');
  const layers = await Promise.all(['srv/web', ...more].map((path) => makeLayer({ [path]: 'web' })));
  const image = makeImage({ base: await baseOf('v2'), layers, platform, config });
  const other = makeIndex([image], { annotations });
  await pushImage(store, 'fleet/web', other, candidate);
  const next = await refresh();
  expect(next.code, next.stderr).toBe(0);
  expect(next.stderr).not.toContain('not built again');
  expect(next.image.build?.pinned).toEqual(made.image.build?.pinned);
  expect(site.released('web')).not.toBe(other.descriptor.digest);
});

test('a promotion that was broken off between two tags is brought to its end, and keeps what it replaced', async () => {
  site = await openFleet([{ name: 'web' }]);
  await refresh();
  const { store } = site.registry;
  const digest = site.released('web');
  const record = store.digestOf('fleet/web', own('bir-p1-')[0] ?? '');
  store.tag('fleet/web', '1.2', site.old.get('web') as never);
  const next = await refresh();
  expect(next.code, next.stderr).toBe(0);
  expect(next.stderr).toMatch(/web: not built again, its promotion of .* was broken off between two tags/);
  expect(tags.map((tag) => site.released('web', tag))).toEqual([digest, digest]);
  expect(own('bir-p1-').map((tag) => store.digestOf('fleet/web', tag))).toEqual([record]);
});
