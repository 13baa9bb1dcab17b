import { expect } from 'vitest';
import { pushImage } from '../../../testing/push.ts';
import type { Fault } from '../../../testing/registry.ts';
import type { Row } from '../row.ts';
import type { Site } from '../site.ts';

const promoted = { web: 'stale promoted', api: 'stale promoted' };
const provenance = ['tools current v1 v1 buildkit-provenance', 'debian stale v1 v2 buildkit-provenance'];
const unrecorded = ['tools unrecorded none v1 none', 'debian unrecorded none v2 none'];
const unread = ['tools current v1 v1 own-record', 'debian unknown v1 none own-record'];
const undated = { web: 'unknown not gated', api: 'unknown not gated' };

function recordedDigest(effect: Fault['effect']) {
  return ({ bases, repository }: Site): readonly Fault[] => [
    { path: `/v2/${repository('debian')}/manifests/${bases.debian.v1.descriptor.digest}`, effect },
  ];
}

const stage = ['tools stale v1 v2 own-record', 'debian current v2 v2 own-record'];

/** What the published images were built on. */
export const recordRows: readonly Row[] = [
  {
    name: 'the base of a build stage has moved, and the other has not',
    published: { on: ['v2', 'v2'] },
    before: async ({ registry, repository, bases }) => {
      await pushImage(registry.store, repository('tools'), bases.tools.v2, '1');
    },
    settings: { engine: 'auto' },
    programs: ['docker'],
    exit: 0,
    images: promoted,
    bases: { web: stage, api: stage },
    and: ({ images }) => expect([images.web.build?.engine, images.api.build?.engine]).toEqual(['buildx', 'buildx']),
  },
  {
    name: 'provenance behind a bill of materials',
    published: { by: 'provenance' },
    programs: ['trivy'],
    exit: 0,
    images: promoted,
    bases: { web: provenance, api: provenance },
  },
  {
    name: 'a platform that is shipped and of which nothing is recorded',
    published: { by: 'a record of the first platform', on: ['v2', 'v1'] },
    command: 'check',
    host: 'github',
    exit: 0,
    images: { web: 'stale not gated', api: 'stale not gated' },
    bases: { web: unrecorded, api: unrecorded },
  },
  {
    name: 'a platform that is asked for and that the image lacks',
    published: { by: 'a record of each platform', on: ['v2', 'v1'], architectures: ['amd64', 's390x'] },
    settings: { platforms: ['linux/amd64', 'linux/arm64'] },
    command: 'check',
    host: 'github',
    exit: 1,
    images: { web: 'lacks-platform not gated platform-absent', api: 'lacks-platform not gated platform-absent' },
  },
  {
    name: 'fails with 403',
    faults: recordedDigest({ kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'unknown not gated forbidden', api: 'unknown not gated forbidden' },
    bases: { web: unread, api: unread },
  },
  {
    name: 'fails with 403, in a check',
    faults: recordedDigest({ kind: 'status', status: 403 }),
    command: 'check',
    exit: 3,
    images: undated,
    bases: { web: unread, api: unread },
  },
  {
    name: 'fails with 500',
    faults: recordedDigest({ kind: 'status', status: 500 }),
    command: 'check',
    exit: 3,
    images: undated,
    bases: { web: unread, api: unread },
  },
  {
    name: 'gone',
    before: ({ registry, repository, bases }) => {
      registry.store.deleteManifest(repository('debian'), bases.debian.v1.descriptor.digest);
    },
    command: 'check',
    exit: 0,
    images: { web: 'stale not gated', api: 'stale not gated' },
  },
  { name: 'late', faults: recordedDigest({ kind: 'delay', milliseconds: 700 }), exit: 0, images: promoted },
];
