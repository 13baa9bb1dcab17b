import { expect } from 'vitest';
import { annotationKeys } from '../../../core/oci/manifest.ts';
import { write } from '../open.ts';
import type { Row } from '../row.ts';
import type { Seen } from '../seen.ts';
import { releaseTags, type Site } from '../site.ts';

const current = ['tools current v1 v1 own-record', 'debian current v2 v2 own-record'];
const stale = { web: 'stale not gated', api: 'stale not gated' };

interface Leg {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly image: string;
}

/** The legs that a plan prints for GitHub, or hands on to it. */
function legsOf({ outputs, stdout }: Seen): readonly Leg[] {
  const text = outputs === undefined ? stdout : outputs.matrix;
  return text === '' || text === undefined ? [] : JSON.parse(text).include;
}

function expectLegs(...files: readonly string[]) {
  return (seen: Seen) => {
    const legs = legsOf(seen);
    expect(legs.map(({ file }) => file).sort()).toEqual([...files].sort());
    expect(new Set(legs.map(({ id }) => id)).size).toBe(files.length);
    for (const { id } of legs) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,99}$/);
  };
}

const printed = { command: 'plan', inputs: { matrix: 'github' } } as const;
const apart = ['web/Dockerfile', 'api/Dockerfile'];

// api is built on web and on nothing that has moved yet.
function onWeb(site: Site): void {
  const { store } = site.registry;
  const web = `${site.name('web')}:1`;
  write(site, 'api/Dockerfile', `FROM ${site.name('tools')}:1 AS build\nFROM ${web}\nCOPY --from=build srv /\n`);
  const index = JSON.parse(store.manifest(site.repository('api'), '1')?.bytes.toString() ?? '');
  const [tools] = JSON.parse(index.annotations[annotationKeys.bases]);
  const record = JSON.stringify([tools, { reference: web, digest: site.digestOf('web', '1') }]);
  const annotations = { [annotationKeys.bases]: record };
  for (const tag of releaseTags) store.putManifest(site.repository('api'), { ...index, annotations }, { tag });
}

/** The jobs that a plan makes of what is to be rebuilt. */
export const matrixRows: readonly Row[] = [
  { name: 'yes', ...printed, exit: 0, images: stale, and: expectLegs(...apart) },
  { name: 'yes, on GitHub', command: 'plan', host: 'github', exit: 0, images: stale, and: expectLegs(...apart) },
  {
    name: 'yes, for Azure',
    command: 'plan',
    inputs: { matrix: 'azure' },
    exit: 0,
    images: stale,
    and: ({ stdout, site }) => {
      const legs: readonly Leg[] = Object.values(JSON.parse(stdout));
      expect(legs.map(({ image }) => image).sort()).toEqual(
        ['api', 'web'].map((name) => `${name}=${site.name(name)}:1`),
      );
    },
  },
  {
    name: 'no',
    ...printed,
    published: { on: ['v2', 'v2'] },
    exit: 0,
    images: { web: 'current not gated', api: 'current not gated' },
    bases: { web: current, api: current },
    and: expectLegs(),
  },
  {
    name: 'no, on GitHub',
    command: 'plan',
    host: 'github',
    published: { on: ['v2', 'v2'] },
    exit: 0,
    images: { web: 'current not gated', api: 'current not gated' },
    bases: { web: current, api: current },
    and: expectLegs(),
  },
  {
    name: 'one that is built on the other shares its job',
    ...printed,
    before: onWeb,
    exit: 0,
    images: { web: 'stale not gated', api: 'current not gated' },
    bases: { api: ['tools current v1 v1 own-record', 'web current other other own-record'] },
    and: expectLegs('web/Dockerfile\napi/Dockerfile'),
  },
  {
    name: 'names that differ in what no name of a leg may have',
    ...printed,
    settings: (site) => ({
      images: ['web', 'api'].map((name) => ({
        name: name === 'web' ? 'shop.1' : 'shop-1',
        dockerfile: `${name}/Dockerfile`,
        image: site.name(name),
      })),
    }),
    exit: 0,
    images: stale,
    and: expectLegs(...apart),
  },
  {
    name: 'fails with 403 for one',
    ...printed,
    faults: ({ repository }) => [
      { path: `/v2/${repository('web')}/manifests/1`, effect: { kind: 'status', status: 403 } },
    ],
    exit: 3,
    images: { web: 'unknown not gated forbidden', api: 'stale not gated' },
    bases: { web: [] },
    and: expectLegs('api/Dockerfile'),
  },
  {
    name: 'fails with 500 for one, on GitHub',
    command: 'plan',
    host: 'github',
    faults: ({ repository }) => [
      { path: `/v2/${repository('web')}/manifests/1`, effect: { kind: 'status', status: 500 } },
    ],
    exit: 1,
    images: { web: 'unknown not gated unreachable', api: 'stale not gated' },
    bases: { web: [] },
    and: expectLegs('api/Dockerfile'),
  },
  {
    name: 'late',
    ...printed,
    faults: ({ repository }) => [
      { path: `/v2/${repository('web')}/manifests/1`, effect: { kind: 'delay', milliseconds: 700 } },
    ],
    exit: 0,
    images: stale,
    and: expectLegs(...apart),
  },
];
