import fc from 'fast-check';
import { mediaTypes } from '../../core/oci/manifest.ts';
import type { Http, HttpResponse } from '../../core/ports.ts';
import type { TestReply, TestRequest } from '../../testing/registry/exchange.ts';

/** What is done to one answer of a registry. */
export type Mutation =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'drop'; readonly name: string }
  | { readonly kind: 'cut'; readonly length: number }
  | { readonly kind: 'flip'; readonly position: number; readonly bits: number }
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'break'; readonly length: number };

const names = [
  'docker-content-digest',
  'content-type',
  'content-length',
  'www-authenticate',
  'location',
  'link',
  'retry-after',
  'ratelimit-remaining',
  'ratelimit-limit',
  'etag',
  'content-range',
  'oci-subject',
];

const values = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    `sha256:${'d'.repeat(64)}`,
    'sha256:short',
    mediaTypes.ociIndex,
    'text/html',
    'Bearer realm="https://evil.example/token",service="s"',
    'Bearer realm="http://169.254.169.254/"',
    'Basic realm="x"',
    '/v2/app/manifests/v1',
    'http://evil.example/',
    'https://evil.example/',
    '</v2/app/tags/list?last=v1>; rel="next"',
    '<https://evil.example/>; rel="next"',
    '99999999999',
    '-1',
    '0',
    '488µs',
    'bytes 5-9/10',
  ),
);

/** Any one of them. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(
      200,
      201,
      202,
      204,
      206,
      301,
      304,
      307,
      400,
      401,
      403,
      404,
      405,
      408,
      416,
      429,
      500,
      503,
      599,
    ),
  }),
  fc.record({ kind: fc.constant('header' as const), name: fc.constantFrom(...names), value: values }),
  fc.record({ kind: fc.constant('drop' as const), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('cut' as const), length: fc.nat(600) }),
  fc.record({ kind: fc.constant('flip' as const), position: fc.nat(600), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('body' as const), body: fc.oneof(fc.json(), fc.string()) }),
  fc.record({ kind: fc.constant('break' as const), length: fc.nat(600) }),
);

function mutate(answer: TestReply, change: Mutation): TestReply {
  const { status, headers, body } = answer;
  switch (change.kind) {
    case 'status':
      return { ...answer, status: change.status };
    case 'header':
      return { ...answer, headers: { ...headers, [change.name]: change.value } };
    case 'drop':
      return {
        ...answer,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== change.name)),
      };
    case 'cut':
      return { ...answer, body: body.subarray(0, change.length) };
    case 'flip': {
      const copy = Buffer.from(body);
      const position = change.position % Math.max(copy.length, 1);
      copy[position] = (copy[position] ?? 0) ^ change.bits;
      return { status, headers, body: copy };
    }
    case 'body':
      return { ...answer, body: Buffer.from(change.body) };
    case 'break':
      return answer;
  }
}

function responseOf({ status, headers, body }: TestReply, isHead: boolean, breaks: number | undefined): HttpResponse {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (isHead) return;
    yield body.subarray(0, breaks ?? body.length);
    if (breaks !== undefined && breaks < body.length) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  }
  return { status, headers, body: Object.assign(chunks(), { cancel: async () => {} }) };
}

/** An HTTP whose only registry gives mutated answers: the first mutation to the first answer, and so on, then over again. */
export function mutatedHttp(api: (asked: TestRequest) => TestReply, mutations: readonly (Mutation | null)[]): Http {
  let count = 0;
  return async ({ method, url, headers, body }) => {
    const { host, pathname, search } = new URL(url);
    let sent = Buffer.alloc(0);
    if (typeof body === 'string' || body instanceof Uint8Array) sent = Buffer.from(body);
    else for await (const chunk of body ?? []) sent = Buffer.concat([sent, chunk]);
    const change = mutations[count++ % mutations.length] ?? null;
    const query = new URLSearchParams(search);
    const answer = api({
      method,
      path: decodeURIComponent(pathname),
      query,
      origin: `http://${host}`,
      headers,
      body: sent,
    });
    const told = { ...answer, headers: { 'content-length': String(answer.body.length), ...answer.headers } };
    const breaks = change?.kind === 'break' ? change.length : undefined;
    return responseOf(change === null ? told : mutate(told, change), method === 'HEAD', breaks);
  };
}
