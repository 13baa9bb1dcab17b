import type { FailureCode } from '../../../core/failure.ts';
import type { FaultEffect } from '../../../testing/registry/faults.ts';
import { type Cells, every, hidden, ofBase } from '../outcome.ts';
import type { Row } from '../row.ts';

interface TokenFault {
  readonly fault: string;
  readonly effect: FaultEffect;
  readonly times?: number;
  readonly hangs?: true;
  readonly ends: FailureCode | 'unaffected';
}

const status = (code: number): FaultEffect => ({ kind: 'status', status: code });
const answer = (body: string, type = 'application/json'): FaultEffect => ({
  kind: 'status',
  status: 200,
  headers: { 'content-type': type },
  body,
});

const faults: readonly TokenFault[] = [
  { fault: 'answers 503 twice', effect: status(503), times: 2, ends: 'unaffected' },
  { fault: 'resets one connection', effect: { kind: 'reset' }, times: 1, ends: 'unaffected' },
  { fault: 'resets every connection', effect: { kind: 'reset' }, ends: 'unreachable' },
  { fault: 'never answers', effect: { kind: 'hang' }, hangs: true, ends: 'deadline' },
  { fault: 'answers 401', effect: status(401), ends: 'unauthorised' },
  { fault: 'answers 403', effect: status(403), ends: 'forbidden' },
  { fault: 'answers 404', effect: status(404), ends: 'refused' },
  {
    fault: 'answers 429, with Retry-After: 3600',
    effect: { kind: 'rate-limited', retryAfter: '3600' },
    ends: 'rate-limited',
  },
  { fault: 'answers 503', effect: status(503), ends: 'unreachable' },
  { fault: 'answers with a web page', effect: answer('<html></html>', 'text/html'), ends: 'malformed' },
  { fault: 'answers without a token', effect: answer('{}'), ends: 'malformed' },
  { fault: 'gives a token that is no header', effect: answer('{"token":"a\\r\\nb: c"}'), ends: 'malformed' },
  { fault: 'gives a token that is good for nothing', effect: answer('{"token":"abc"}'), ends: 'unauthorised' },
  { fault: 'answers without an end', effect: { kind: 'endless' }, ends: 'too-large' },
  {
    fault: 'redirects elsewhere',
    effect: { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:1/token' } },
    ends: 'malformed',
  },
];

/** What can be wrong with the token server of one of the two registries. */
export function tokenFaults(place: 'base' | 'image'): readonly Row[] {
  const at = (cells: Cells, isHanging = false): Cells => (place === 'base' ? ofBase(cells, isHanging) : cells);
  const answers = faults.map(({ fault, effect, times, hangs, ends }): Row => {
    const count = times === undefined ? {} : { times };
    return {
      fault,
      ...(hangs === undefined ? {} : { hangs }),
      inject: (site) => site[place].inject({ path: '/token', ...count, effect }),
      cells: at(ends === 'unaffected' ? every('unaffected') : hidden(ends), hangs !== undefined),
    };
  });
  return [...answers, foreign(place, at)];
}

// Credentials go to no stranger, and nobody else's token is asked for either; a public base may be asked for anonymously.
function foreign(place: 'base' | 'image', at: (cells: Cells) => Cells): Row {
  return {
    fault: 'is said to be on a host of another domain',
    inject: ({ [place]: registry }) =>
      registry.inject({
        path: /^\/v2\//,
        effect: {
          kind: 'headers',
          headers: { 'www-authenticate': 'Bearer realm="https://tokens.stranger.example/token",service="x"' },
        },
      }),
    cells: at(hidden(place === 'base' ? 'unreachable' : 'refused')),
  };
}
