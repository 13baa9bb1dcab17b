import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { RunFile } from '../../../core/fleet/run-file.ts';
import { annotationKeys } from '../../../core/oci/manifest.ts';
import { write } from '../open.ts';
import type { Row } from '../row.ts';
import type { Seen } from '../seen.ts';
import { releaseTags, type Site } from '../site.ts';

const current = ['tools current v1 v1 own-record', 'debian current v2 v2 own-record'];
const stale = { web: 'stale not gated', api: 'stale not gated' };

interface Leg {
  readonly shard: string;
  readonly name: string;
}

/** The legs that a plan prints for GitHub, or hands on to it, as the Dockerfiles that run.json has for each. */
function legsOf({ outputs, stdout, site }: Seen): readonly string[] {
  const text = outputs === undefined ? stdout : (outputs.matrix ?? '');
  const include: readonly Leg[] = JSON.parse(text).include;
  const run: RunFile = JSON.parse(readFileSync(`${site.root}/out/run.json`, 'utf8'));
  return include.map(({ shard }) => filesOf(run, shard));
}

function filesOf(run: RunFile, shard: string): string {
  const { images = [] } = run.legs.find(({ id }) => id === shard) ?? {};
  return images.map((name) => run.images.find((image) => image.name === name)?.dockerfile).join('\n');
}

function expectLegs(...files: readonly string[]) {
  return (seen: Seen) => {
    expect(legsOf(seen).toSorted()).toEqual(files.toSorted());
    if (seen.outputs !== undefined) expect(seen.outputs['has-work']).toBe(String(files.length > 0));
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
    and: ({ stdout }) => {
      expect(JSON.parse(stdout)).toEqual({
        leg_1: { shard: '1/2', name: 'api' },
        leg_2: { shard: '2/2', name: 'web' },
      });
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
    name: 'one that is built on the other has a job of the next level',
    ...printed,
    before: onWeb,
    exit: 0,
    images: { web: 'stale not gated', api: 'current not gated' },
    bases: { api: ['tools current v1 v1 own-record', 'web current other other own-record'] },
    and: (seen) => {
      expectLegs('web/Dockerfile')(seen);
      const run: RunFile = JSON.parse(readFileSync(`${seen.site.root}/out/run.json`, 'utf8'));
      expect(run.legs.map(({ id, level, images }) => [id, level, images])).toEqual([
        ['1/2', 1, ['web']],
        ['2/2', 2, ['api']],
      ]);
    },
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
