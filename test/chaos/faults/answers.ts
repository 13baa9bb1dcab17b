import type { FailureCode } from '../../../core/failure.ts';
import { digestOf } from '../../../core/oci/digest.ts';
import type { FaultEffect } from '../../../testing/registry/faults.ts';
import { type Cells, every, hidden, ofBase } from '../outcome.ts';
import type { Row } from '../row.ts';

/** A fault of answers to reading requests; it can stand at either registry. */
interface AnswerFault {
  readonly fault: string;
  readonly effect: FaultEffect;
  readonly method?: 'GET' | 'HEAD';
  readonly times?: number;
  readonly hangs?: true;
  /** What the verdict is unknown for, or `unaffected` where the client gets over it. */
  readonly ends: FailureCode | 'unaffected';
  /** Commands that make something else of it. */
  readonly base?: Partial<Cells>;
  readonly image?: Partial<Cells>;
}

const status = (code: number): FaultEffect => ({ kind: 'status', status: code });
const headers = (changed: Readonly<Record<string, string | null>>): FaultEffect => ({
  kind: 'headers',
  headers: changed,
});
const redirect = (location: string): FaultEffect => ({ kind: 'status', status: 307, headers: { location } });
const page: FaultEffect = {
  kind: 'status',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html></html>',
};
const refusal = (code: string): FaultEffect => ({
  kind: 'status',
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code, message: 'no such thing' }] }),
});
const another = digestOf('another');

// An unmoved base is asked by HEAD alone: what is wrong with bodies is not met.
const bodiless = { 'check, up to date': 'not asked' } as const;
// An image that its own registry does not have is one to be published; a rebase has nothing to begin with.
const unpublished: Partial<Cells> = {
  check: 'unaffected',
  'check, up to date': '1 stale',
  plan: 'unaffected',
  refresh: '3 stale unsafe-rebase',
  rebase: '3 unknown not-found',
  scan: '3 unknown not-found',
  update: 'unaffected',
};

const passing: readonly AnswerFault[] = [
  { fault: 'resets two connections', effect: { kind: 'reset' }, times: 2, ends: 'unaffected' },
  { fault: 'answers 408 once', effect: status(408), times: 1, ends: 'unaffected' },
  { fault: 'answers 500 once', effect: status(500), times: 1, ends: 'unaffected' },
  { fault: 'answers 503 four times', effect: status(503), times: 4, ends: 'unaffected' },
  {
    fault: 'answers 429 twice, with Retry-After: 1',
    effect: { kind: 'rate-limited', retryAfter: '1' },
    times: 2,
    ends: 'unaffected',
  },
  { fault: 'answers 429 twice, without Retry-After', effect: { kind: 'rate-limited' }, times: 2, ends: 'unaffected' },
  {
    fault: 'answers 429 twice, with a Retry-After that is no time',
    effect: { kind: 'rate-limited', retryAfter: '488us' },
    times: 2,
    ends: 'unaffected',
  },
  {
    fault: 'says that its rate limit is nearly used up',
    effect: headers({ 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '1;w=21600' }),
    ends: 'unaffected',
  },
  { fault: 'is slow', effect: { kind: 'delay', milliseconds: 30 }, ends: 'unaffected' },
  {
    fault: 'breaks one body off',
    effect: { kind: 'truncate', bytes: 40 },
    method: 'GET',
    times: 1,
    ends: 'unaffected',
    base: bodiless,
  },
];

const lasting: readonly AnswerFault[] = [
  { fault: 'resets every connection', effect: { kind: 'reset' }, ends: 'unreachable' },
  { fault: 'never answers', effect: { kind: 'hang' }, hangs: true, ends: 'deadline' },
  {
    fault: 'breaks every body off',
    effect: { kind: 'truncate', bytes: 40 },
    method: 'GET',
    ends: 'unreachable',
    base: bodiless,
  },
  { fault: 'answers 400', effect: status(400), ends: 'refused' },
  { fault: 'answers 401 whatever is sent', effect: status(401), ends: 'unauthorised' },
  {
    fault: 'answers 401 and asks for another way of authentication',
    effect: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Negotiate' } },
    ends: 'unauthorised',
  },
  { fault: 'answers 403', effect: status(403), ends: 'forbidden' },
  { fault: 'answers 404', effect: status(404), ends: 'not-found', image: unpublished },
  { fault: 'answers 404: NAME_UNKNOWN', effect: refusal('NAME_UNKNOWN'), ends: 'not-found', image: unpublished },
  {
    fault: 'answers 404: MANIFEST_UNKNOWN',
    effect: refusal('MANIFEST_UNKNOWN'),
    ends: 'tag-gone',
    // It goes on to the list of tags, which nobody has either.
    base: { update: '3 unknown not-found' },
    image: unpublished,
  },
  { fault: 'answers 405', effect: status(405), ends: 'refused' },
  { fault: 'answers 408', effect: status(408), ends: 'unreachable' },
  { fault: 'answers 429', effect: { kind: 'rate-limited' }, ends: 'rate-limited' },
  {
    fault: 'answers 429, with Retry-After: 3600',
    effect: { kind: 'rate-limited', retryAfter: '3600' },
    ends: 'rate-limited',
  },
  ...[500, 502, 503, 504].map(
    (code): AnswerFault => ({ fault: `answers ${code}`, effect: status(code), ends: 'unreachable' }),
  ),
  { fault: 'answers 204, nothing', effect: status(204), ends: 'malformed' },
  { fault: 'answers 304, unchanged, to what was never asked before', effect: status(304), ends: 'malformed' },
];

const untrue: readonly AnswerFault[] = [
  { fault: 'answers with a web page', effect: page, ends: 'malformed' },
  {
    fault: 'sends a body that is not JSON',
    effect: { kind: 'body', body: '{"schemaVersion":2,' },
    method: 'GET',
    ends: 'malformed',
    // Asked for by digest, it is no longer what was asked for.
    base: { ...hidden('digest-mismatch', bodiless), scan: 'unaffected', update: '3 unknown malformed' },
  },
  {
    fault: 'sends a body of another digest',
    effect: { kind: 'body', body: '{"schemaVersion":2,"manifests":[]}' },
    method: 'GET',
    ends: 'digest-mismatch',
    base: bodiless,
  },
  {
    fault: 'sends a body without an end',
    effect: { kind: 'endless' },
    method: 'GET',
    ends: 'too-large',
    base: bodiless,
  },
  {
    fault: 'announces a body of 5 GB',
    effect: headers({ 'content-length': '5000000000' }),
    method: 'GET',
    ends: 'too-large',
    base: bodiless,
  },
  { fault: 'sends no Docker-Content-Digest', effect: headers({ 'docker-content-digest': null }), ends: 'unaffected' },
  {
    fault: 'sends a Docker-Content-Digest that is no digest',
    effect: headers({ 'docker-content-digest': 'latest' }),
    ends: 'unaffected',
  },
  {
    fault: 'sends a Docker-Content-Digest that its ETag contradicts',
    effect: headers({ 'docker-content-digest': another }),
    ends: 'unaffected',
  },
  {
    fault: 'sends a Docker-Content-Digest of what it does not have',
    effect: headers({ 'docker-content-digest': another, etag: null }),
    ends: 'not-found',
    base: { update: 'unaffected' },
    image: { ...every('unaffected'), refresh: '3 stale moved', rebase: '3 stale moved' },
  },
  { fault: 'sends a wrong Content-Type', effect: headers({ 'content-type': 'text/html' }), ends: 'unaffected' },
  { fault: 'sends no Content-Type', effect: headers({ 'content-type': null }), ends: 'unaffected' },
  { fault: 'redirects to itself', effect: redirect(''), ends: 'malformed' },
  { fault: 'redirects without saying where', effect: status(307), ends: 'malformed' },
  { fault: 'redirects to what is no web address', effect: redirect('gopher://elsewhere.example/'), ends: 'malformed' },
  {
    fault: 'redirects to plain HTTP elsewhere',
    effect: redirect('http://elsewhere.example/'),
    ends: 'refused',
  },
];

/** What can be wrong with answers to reading requests, at one of the two registries. */
export function answersOf(place: 'base' | 'image'): readonly Row[] {
  return [...passing, ...lasting, ...untrue].map((row): Row => {
    const { fault, effect, ends, hangs, method = ['GET', 'HEAD'], times } = row;
    const cells = ends === 'unaffected' ? every('unaffected') : hidden(ends);
    return {
      fault,
      ...(hangs === undefined ? {} : { hangs }),
      inject: (site) =>
        site[place].inject({ path: /^\/v2\/./, method, ...(times === undefined ? {} : { times }), effect }),
      cells: place === 'base' ? { ...ofBase(cells, hangs !== undefined), ...row.base } : { ...cells, ...row.image },
    };
  });
}
