import { digestOf } from '../../../core/oci/digest.ts';
import type { Fault, FaultEffect } from '../../../testing/registry/faults.ts';
import { type Cell, rebuildsOnly } from '../outcome.ts';
import { releaseTag } from '../release-tag.ts';
import type { Row } from '../row.ts';
import type { Site } from '../site.ts';

type Which = Pick<Fault, 'method' | 'path'>;

const uploads: Which = { method: 'POST', path: /\/blobs\/uploads\// };
const blobs: Which = { method: 'PUT', path: /\/blobs\/uploads\// };
const candidates: Which = { method: 'PUT', path: /\/manifests\/bir-c1-/ };
const releases: Which = { method: 'PUT', path: new RegExp(`/manifests/${releaseTag}$`) };

const status = (code: number): FaultEffect => ({ kind: 'status', status: code });
const another: FaultEffect = { kind: 'headers', headers: { 'docker-content-digest': digestOf('another') } };
const silent: FaultEffect = { kind: 'headers', headers: { 'docker-content-digest': null } };
const lost: FaultEffect = { kind: 'reset', done: true };
const page: FaultEffect = {
  kind: 'status',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html></html>',
};

interface WriteFault {
  readonly fault: string;
  readonly effect: FaultEffect;
  readonly times?: number;
  readonly hangs?: true;
  readonly ends: Cell;
}

const refusals: readonly WriteFault[] = [
  { fault: '400', effect: status(400), ends: '3 stale refused' },
  { fault: '401', effect: status(401), ends: '3 stale unauthorised' },
  { fault: '403', effect: status(403), ends: '3 stale forbidden' },
  { fault: '404', effect: status(404), ends: '3 stale refused' },
  { fault: '405', effect: status(405), ends: '3 stale refused' },
  { fault: '413', effect: status(413), ends: '3 stale refused' },
  {
    fault: '429, with Retry-After: 3600',
    effect: { kind: 'rate-limited', retryAfter: '3600' },
    ends: '3 stale rate-limited',
  },
  { fault: '500', effect: status(500), ends: '3 stale unreachable' },
  { fault: '503', effect: status(503), ends: '3 stale unreachable' },
  { fault: '503 four times', effect: status(503), times: 4, ends: 'unaffected' },
  { fault: 'nothing, the connection is reset', effect: { kind: 'reset' }, ends: '3 stale unreachable' },
  { fault: 'nothing, once, though it was done', effect: lost, times: 1, ends: 'unaffected' },
  { fault: 'nothing before the deadline', effect: { kind: 'hang' }, hangs: true, ends: '3 stale deadline' },
];

function rows(what: string, which: Which, more: readonly WriteFault[]): readonly Row[] {
  return [...refusals, ...more].map(({ fault, effect, times, hangs, ends }) => ({
    fault: `${what} is answered with ${fault}`,
    ...(hangs === undefined ? {} : { hangs }),
    inject: ({ image }: Site) => image.inject({ ...which, ...(times === undefined ? {} : { times }), effect }),
    cells: rebuildsOnly(ends),
  }));
}

const location = (to: string | null): FaultEffect => ({ kind: 'headers', headers: { location: to } });

/** What can go wrong while a candidate is pushed and promoted. */
export const writeFaults: readonly Row[] = [
  ...rows('the begin of an upload', uploads, [
    { fault: 'a web page', effect: page, ends: '3 stale malformed' },
    { fault: 'no address to send it to', effect: location(null), ends: '3 stale malformed' },
    {
      fault: 'an address of plain HTTP elsewhere',
      effect: location('http://elsewhere.example/'),
      ends: '3 stale malformed',
    },
  ]),
  ...rows('a blob', blobs, [
    { fault: 'a web page', effect: page, ends: '3 stale malformed' },
    { fault: 'another digest', effect: another, ends: '3 stale digest-mismatch' },
    { fault: 'nothing, each time, though it was done', effect: lost, ends: 'unaffected' },
  ]),
  ...rows('the candidate', candidates, [
    { fault: 'a web page', effect: page, ends: '3 stale tag-gone' },
    { fault: 'another digest', effect: another, ends: '3 stale digest-mismatch' },
    { fault: 'no digest', effect: silent, ends: 'unaffected' },
    { fault: 'nothing, each time, though it was done', effect: lost, ends: '3 stale unreachable' },
  ]),
  ...rows('the release tag', releases, [
    { fault: 'a web page', effect: page, ends: '3 stale digest-mismatch' },
    { fault: 'another digest', effect: another, ends: '3 stale digest-mismatch' },
    { fault: 'no digest', effect: silent, ends: 'unaffected' },
    { fault: 'nothing, each time, though it was done', effect: lost, ends: '3 stale unreachable' },
  ]),
  {
    fault: 'the candidate’s tag cannot be taken away',
    inject: ({ image }) => image.inject({ method: 'DELETE', effect: status(405) }),
    cells: rebuildsOnly('unaffected'),
  },
  taken('while the candidate is uploaded', uploads, 'before', '3 stale moved'),
  taken('while the candidate is scanned', candidates, 'before', '3 stale moved'),
  taken('right after it was promoted', releases, 'after', '3 stale moved'),
];

// Somebody else publishes, once, at the first of these requests or at the first look at the tag that follows it.
function taken(when: string, which: Which, moment: 'before' | 'after', ends: Cell): Row {
  return {
    fault: `somebody else moves the release tag ${when}`,
    taken: true,
    inject: ({ image, images: { other } }) => {
      let isDone = false;
      const publish = () => {
        if (isDone) return true;
        isDone = true;
        image.store.putManifest('team/web', other.bytes, { tag: releaseTag, mediaType: other.descriptor.mediaType });
        return true;
      };
      const nothing: FaultEffect = { kind: 'delay', milliseconds: 0 };
      if (moment === 'before') return image.inject({ ...which, when: publish, effect: nothing });
      const put = image.inject({ ...which, effect: nothing });
      image.inject({ method: 'HEAD', when: () => put.hits() > 0 && publish(), effect: nothing });
      return put;
    },
    cells: rebuildsOnly(ends),
  };
}
