import { makeImage, makeIndex } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import type { Fault, FaultEffect } from '../../../testing/registry/faults.ts';
import { type Cell, type Cells, hidden, ofBase, rebuildsOnly } from '../outcome.ts';
import { type Row, uncounted } from '../row.ts';
import type { Site } from '../site.ts';

const index = 'application/vnd.oci.image.index.v1+json';

function stored(fault: string, cells: Cells, change: (site: Site) => unknown): Row {
  return {
    fault,
    uncounted: true,
    inject: async (site) => {
      await change(site);
      return uncounted;
    },
    cells,
  };
}

function blobs(fault: string, effect: FaultEffect, cell: Cell, more: Partial<Fault> & { hangs?: true } = {}): Row {
  const { hangs, ...narrowed } = more;
  return {
    fault,
    ...(hangs === undefined ? {} : { hangs }),
    inject: ({ base }) => base.inject({ path: /\/blobs\/sha256:/, method: 'GET', ...narrowed, effect }),
    // Where a base has moved, when it was made is told; a check ends as well without it.
    cells: ofBase(rebuildsOnly(cell, { check: 'unaffected', plan: 'unaffected' }), hangs),
  };
}

const s390x = { os: 'linux', architecture: 's390x' };
const unscanned = { scan: 'unaffected' } as const;
// A pin holds what the tag names already, whatever that is.
const put = (site: Site, text: string) =>
  site.base.store.putManifest('library/debian', Buffer.from(text), { tag: '12', mediaType: index });

/** What can be wrong with the content that the base's registry has. */
export const baseContent: readonly Row[] = [
  stored('its tag is gone', hidden('tag-gone', unscanned), ({ base }) => base.store.untag('library/debian', '12')),
  stored('it names no manifest, but broken JSON', hidden('malformed', unscanned), (site) =>
    put(site, '{"schemaVersion":2,'),
  ),
  stored('it names JSON of another kind', hidden('malformed', unscanned), (site) => put(site, '{"hello":"world"}')),
  stored('it names an index of nothing', hidden('not-found', { ...unscanned, update: '3 unknown malformed' }), (site) =>
    put(site, JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: [] })),
  ),
  stored(
    'it no longer has the platform of the image',
    hidden('not-found', { ...unscanned, update: '0 held' }),
    ({ base }) => pushImage(base.store, 'library/debian', makeIndex([makeImage({ platform: s390x })]), '12'),
  ),
  {
    fault: 'its manifests are not there by their digests',
    inject: ({ base }) => base.inject({ path: /\/manifests\/sha256:/, effect: { kind: 'status', status: 404 } }),
    cells: hidden('not-found', { ...unscanned, 'check, up to date': 'not asked', update: 'not asked' }),
  },
  blobs('its blobs answer 404', { kind: 'status', status: 404 }, '3 stale not-found'),
  blobs('its blobs answer 503', { kind: 'status', status: 503 }, '3 stale unreachable'),
  blobs('one of its blobs breaks off', { kind: 'truncate', bytes: 20 }, 'unaffected', { times: 1 }),
  blobs('its blobs break off each time', { kind: 'truncate', bytes: 20 }, '3 stale unreachable'),
  blobs('its blobs are others', { kind: 'body', body: 'other' }, '3 stale digest-mismatch'),
  blobs('its blobs have no end', { kind: 'endless' }, '3 stale digest-mismatch'),
  blobs('its blobs never come', { kind: 'hang' }, '3 stale deadline', { hangs: true }),
  blobs(
    'its blobs are redirected to a host that is not there',
    { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:1/' } },
    '3 stale unreachable',
  ),
];

// Its configuration may name the commit that it was built from, and changes no verdict.
const readForSource = {
  scan: 'unaffected',
  check: 'unaffected',
  'check, up to date': 'unaffected',
  plan: 'unaffected',
} as const;

const unpublished: Cells = {
  check: 'unaffected',
  'check, up to date': '1 stale',
  plan: 'unaffected',
  refresh: '3 stale unsafe-rebase',
  rebase: '3 unknown not-found',
  scan: '3 unknown not-found',
  update: 'unaffected',
};

const putImage = (site: Site, text: string) =>
  site.image.store.putManifest('team/web', Buffer.from(text), { tag: '1', mediaType: index });

/** What can be wrong with the content that the image's registry has. */
export const imageContent: readonly Row[] = [
  stored('its tag is gone', unpublished, ({ image }) => image.store.untag('team/web', '1')),
  stored('it names no manifest, but broken JSON', hidden('malformed'), (site) => putImage(site, '{"schemaVersion":2,')),
  stored('it names JSON of another kind', hidden('malformed'), (site) => putImage(site, '{"hello":"world"}')),
  stored(
    'it names an index of nothing',
    { ...unpublished, rebase: '2 unknown config', scan: '3 inconclusive scan-failed' },
    (site) => putImage(site, JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: [] })),
  ),
  {
    fault: 'its manifests are not there by their digests',
    inject: ({ image }) => image.inject({ path: /\/manifests\/sha256:/, effect: { kind: 'status', status: 404 } }),
    cells: hidden('not-found', { scan: '3 inconclusive not-found', update: 'not asked' }),
  },
  {
    fault: 'its blobs answer 404',
    inject: ({ image }) =>
      image.inject({ path: /\/blobs\/sha256:/, method: 'GET', effect: { kind: 'status', status: 404 } }),
    cells: { ...rebuildsOnly('3 stale not-found'), ...readForSource },
  },
  {
    fault: 'its blobs are others',
    inject: ({ image }) =>
      image.inject({ path: /\/blobs\/sha256:/, method: 'GET', effect: { kind: 'body', body: 'other' } }),
    cells: { ...rebuildsOnly('3 stale digest-mismatch'), ...readForSource },
  },
];
