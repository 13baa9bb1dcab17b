import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Fault } from '../../../testing/registry.ts';
import { write } from '../open.ts';
import type { Row } from '../row.ts';
import type { Seen } from '../seen.ts';
import { imageNames, releaseTags, type Site } from '../site.ts';

const promoted = { web: 'stale promoted', api: 'stale promoted' };
const current = ['tools current v1 v1 own-record', 'debian current v2 v2 own-record'];

function putting(tag: string, effect: Fault['effect'], name = 'web') {
  return ({ repository }: Site): readonly Fault[] => [
    { method: 'PUT', path: `/v2/${repository(name)}/manifests/${tag}`, effect },
  ];
}

const rollback = { settings: { 'rollback-tag': '{tag}-previous' } };
const previous = releaseTags.map((tag) => `${tag}-previous`);

function keepsFormer({ site, before }: Seen): void {
  for (const name of imageNames) {
    for (const tag of releaseTags) expect(site.digestOf(name, `${tag}-previous`)).toBe(before[`${name}:${tag}`]);
  }
}

// Somebody has pushed an older image under the second release tag alone.
function otherSecondTag({ registry: { store }, repository }: Site): void {
  for (const name of imageNames) {
    const index = JSON.parse(store.manifest(repository(name), '1')?.bytes.toString() ?? '');
    store.putManifest(repository(name), { ...index, annotations: { older: name } }, { tag: '1.2' });
  }
}

/** The tags that keep what the release tags named before. */
export const rollbackRows: readonly Row[] = [
  { name: 'yes', ...rollback, host: 'github', exit: 0, images: promoted, rollbackTags: previous, and: keepsFormer },
  { name: 'no', exit: 0, images: promoted },
  {
    name: 'fails with 403',
    ...rollback,
    faults: putting('1.2-previous', { kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale pass forbidden', api: 'stale promoted' },
    rollbackTags: previous,
  },
  {
    name: 'fails with 500',
    ...rollback,
    faults: putting('1-previous', { kind: 'status', status: 500 }),
    exit: 3,
    images: { web: 'stale pass unreachable', api: 'stale promoted' },
    rollbackTags: previous,
  },
  {
    name: 'late',
    ...rollback,
    faults: putting('1-previous', { kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
    rollbackTags: previous,
    and: keepsFormer,
  },
  {
    name: 'yes, of release tags that name different images',
    ...rollback,
    inputs: { 'continuity-accept': 'annotations,release-tags' },
    before: otherSecondTag,
    exit: 0,
    images: promoted,
    rollbackTags: previous,
    and: keepsFormer,
  },
  {
    name: 'the same content again leaves what they keep',
    settings: { ...rollback.settings, engine: 'buildx' },
    programs: ['docker'],
    exit: 0,
    images: promoted,
    rollbackTags: previous,
    again: {
      name: 'again',
      inputs: { force: 'true' },
      exit: 0,
      images: { web: 'current promoted', api: 'current promoted' },
      bases: { web: current, api: current },
      rollbackTags: previous,
      and: ({ site, before, images }) => {
        for (const name of imageNames) {
          expect(images[name].promotion?.digest).toBe(before[`${name}:1`]);
          for (const tag of previous) expect(site.digestOf(name, tag)).not.toBe(before[`${name}:1`]);
        }
      },
    },
  },
];

/** The second of two release tags, while the first has moved already. */
export const releaseRows: readonly Row[] = [
  {
    name: 'is new, and all else is current',
    published: { on: ['v2', 'v2'] },
    before: ({ registry, repository }) => void registry.store.untag(repository('web'), '1.2'),
    settings: { engine: 'buildx' },
    programs: ['docker'],
    exit: 0,
    images: { web: 'stale promoted', api: 'current not gated' },
    bases: { web: current, api: current },
  },
  {
    name: 'fails with 403',
    faults: putting('1.2', { kind: 'status', status: 403 }),
    host: 'github',
    exit: 1,
    images: { web: 'stale pass forbidden', api: 'stale promoted' },
  },
  {
    name: 'fails with 500',
    faults: putting('1.2', { kind: 'status', status: 500 }, 'api'),
    exit: 3,
    images: { web: 'stale promoted', api: 'stale pass unreachable' },
  },
  { name: 'late', faults: putting('1.2', { kind: 'delay', milliseconds: 700 }), exit: 0, images: promoted },
];

const fresh = {
  published: { by: 'nothing yet' },
  settings: { engine: 'buildx', platforms: ['linux/amd64', 'linux/arm64'], 'rollback-tag': '{tag}-previous' },
  programs: ['docker'],
} as const;
const missing = ['tools missing none v1 none', 'debian missing none v2 none'];
const never = { web: missing, api: missing };

/** Images that have never been published. */
export const firstRows: readonly Row[] = [
  { name: 'yes, under both release tags', ...fresh, host: 'github', exit: 0, images: promoted, bases: never },
  {
    name: 'no, the builder says',
    ...fresh,
    rules: [{ program: 'docker', to: '^buildx build .*/web:', code: 1, stderr: 'ERROR: failed to solve: RUN false\n' }],
    exit: 3,
    images: { web: 'stale not gated build-failed', api: 'stale promoted' },
    bases: never,
  },
  {
    name: 'fails with 403 to write the second tag',
    ...fresh,
    faults: putting('1.2', { kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale pass forbidden', api: 'stale promoted' },
    bases: never,
  },
  {
    name: 'fails with 403 to read',
    ...fresh,
    faults: ({ repository }) => [
      { path: `/v2/${repository('web')}/manifests/1.2`, effect: { kind: 'status', status: 403 } },
    ],
    exit: 3,
    images: { web: 'unknown not gated forbidden', api: 'stale promoted' },
    bases: { web: [], api: missing },
  },
  {
    name: 'late',
    ...fresh,
    rules: [{ program: 'docker', to: '^buildx build ', late: 700 }],
    exit: 0,
    images: promoted,
    bases: never,
  },
];

function expectLocked({ site, images }: Seen, ...names: readonly ('web' | 'api')[]): void {
  const lock = JSON.parse(readFileSync(join(site.root, 'base-images.lock.json'), 'utf8'));
  expect(lock).toEqual({
    schemaVersion: 1,
    images: names.map((name) => ({
      image: `${site.name(name)}:1`,
      digest: images[name].promotion?.digest,
      bases: [
        { reference: `${site.name('debian')}:12`, digest: site.bases.debian.v2.descriptor.digest },
        { reference: `${site.name('tools')}:1`, digest: site.bases.tools.v1.descriptor.digest },
      ],
    })),
  });
}

const locked = { inputs: { 'lock-file': 'true' } };

/** What a refresh enters in the lock file. */
export const lockRows: readonly Row[] = [
  {
    name: 'yes',
    ...locked,
    host: 'github',
    exit: 0,
    images: promoted,
    and: (seen) => expectLocked(seen, 'api', 'web'),
  },
  {
    name: 'no, of what was not promoted',
    ...locked,
    faults: putting('1.2', { kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale pass forbidden', api: 'stale promoted' },
    and: (seen) => expectLocked(seen, 'api'),
  },
  {
    name: 'fails to be written',
    ...locked,
    inputs: { 'lock-file': 'out/locked/file.json' },
    before: (site) => write(site, 'out/locked', 'in the way'),
    exit: 3,
    images: promoted,
  },
  {
    name: 'late',
    ...locked,
    faults: putting('1.2', { kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
    and: (seen) => expectLocked(seen, 'api', 'web'),
  },
];
