import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeFailure, type FailureCode } from '../../core/failure.ts';
import type { Http, World } from '../../core/ports.ts';
import { createHttp } from '../../core/world/http.ts';
import type { Fault, FaultEffect, TestRegistry } from '../../testing/registry.ts';
import { closeAll, start } from './harness.ts';
import { openSite, type Site } from './site.ts';

let server: TestRegistry;
let site: Site;
const http = createHttp({});
beforeEach(async () => {
  server = await start();
  site = await openSite(server);
});
afterEach(async () => {
  await site.remove();
  await closeAll();
});

/** One way to fail, what it is called, and the whole sentence after the reference; `{host}` is the registry. */
interface Row {
  readonly name: string;
  readonly faults: readonly FaultEffect[] | readonly Fault[];
  readonly code: FailureCode;
  readonly sentence: string | RegExp;
}

const noDigest: Fault = { method: 'HEAD', effect: { kind: 'headers', headers: { 'docker-content-digest': null } } };

const rows: readonly Row[] = [
  {
    name: 'nobody is let in',
    faults: [{ kind: 'status', status: 401 }],
    code: 'unauthorised',
    sentence: 'registry answered 401; add credentials for {host}, for example with docker login {host}.',
  },
  {
    name: 'it is forbidden',
    faults: [{ kind: 'status', status: 403, body: '{"errors":[{"code":"DENIED","message":"not for you"}]}' }],
    code: 'forbidden',
    sentence:
      /^registry answered 403( \(DENIED: not for you\))?; add credentials for \{host\}, for example with docker login \{host\}\.$/,
  },
  {
    name: 'the repository is not there',
    faults: [
      { kind: 'status', status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}' },
    ],
    code: 'not-found',
    sentence:
      'registry answered 404 (NAME_UNKNOWN: no such repository); check the name, or add credentials for {host} if it is private.',
  },
  {
    name: 'the tag is gone from its repository',
    faults: [{ kind: 'status', status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such tag"}]}' }],
    code: 'tag-gone',
    sentence: 'its repository has no such tag; name a tag that is there.',
  },
  {
    name: 'it is asked too often',
    faults: [{ kind: 'rate-limited' }],
    code: 'rate-limited',
    sentence: /^registry answered 429 to each of 5 attempts.*; add credentials for \{host\} or try again later\.$/,
  },
  {
    name: 'it wants to be left alone for long',
    faults: [{ kind: 'rate-limited', retryAfter: '21600' }],
    code: 'rate-limited',
    sentence: /^registry answered 429.*; add credentials for \{host\} or try again in 360 minutes\.$/,
  },
  {
    name: 'the connection breaks',
    faults: [{ kind: 'reset' }],
    code: 'unreachable',
    sentence:
      /^\{host\} did not answer in 5 attempts \(connection (closed|reset)\); check the host name, the network and the proxy settings\.$/,
  },
  {
    name: 'it is ill',
    faults: [{ kind: 'status', status: 503 }],
    code: 'unreachable',
    sentence: 'registry answered 503 to each of 5 attempts; run again when {host} is well.',
  },
  {
    name: 'it answers no manifest',
    faults: [noDigest, { method: 'GET', effect: { kind: 'body', body: '<html>Please log in</html>' } }],
    code: 'malformed',
    sentence: 'the manifest is not a JSON object; check what answers there, and what was pushed.',
  },
  {
    name: 'it never ends',
    faults: [noDigest, { method: 'GET', effect: { kind: 'endless' } }],
    code: 'too-large',
    sentence: 'registry sent more than the 4194304 bytes allowed here; check that it is an image.',
  },
  {
    name: 'it sends other content than it names',
    faults: [{ method: 'GET', effect: { kind: 'body', body: '{"schemaVersion":2}' } }],
    code: 'digest-mismatch',
    sentence:
      /^registry sent content of sha256:[0-9a-f]{64} where sha256:[0-9a-f]{64} was asked for; check what stands between here and the registry, such as a proxy or a mirror\.$/,
  },
  {
    name: 'it wants credentials sent elsewhere in the clear',
    faults: [{ kind: 'status', status: 307, headers: { location: 'http://stranger.example/' } }],
    code: 'refused',
    sentence:
      'registry redirected to plain HTTP at stranger.example; name stranger.example in --insecure-registry if that is meant.',
  },
];

function inject(path: RegExp, faults: Row['faults']): void {
  for (const fault of faults) server.inject('effect' in fault ? { ...fault, path } : { path, effect: fault });
}

function expectSentence(told: string, sentence: string | RegExp): void {
  const words = told.replaceAll(server.host, '{host}');
  if (typeof sentence === 'string') expect(words).toBe(sentence);
  else expect(words).toMatch(sentence);
}

describe('a base is not called current where', () => {
  test.each(rows)('$name: $code', async ({ faults, code, sentence }) => {
    // What has not moved is not fetched: the digest that HEAD names is enough.
    if (code === 'digest-mismatch') await site.moveBase();
    inject(/^\/v2\/library\/base\/manifests\//, faults);
    const { image, conclusion, printed } = await site.check();
    const [base] = image.bases;
    expect([image.verdict, base?.verdict, conclusion]).toEqual(['unknown', 'unknown', 'incomplete']);
    if (base?.failure == null) throw new Error('no failure is told');
    expect(base.failure.code).toBe(code);
    const subject = base.failure.subject.replace(server.host, '{host}');
    expect(subject).toMatch(/^\{host\}\/library\/base(:1|@sha256:[0-9a-f]{64}|:1@sha256:[0-9a-f]{64})$/);
    expectSentence(describeFailure({ ...base.failure, subject: '' }).slice(2), sentence);
    // The sentence is what a person gets to read, whatever the width of the terminal.
    expect(printed.replace(/\s+/g, '')).toContain(describeFailure(base.failure).replace(/\s+/g, ''));
  });
});

describe('an image is not called current where', () => {
  const absent: readonly FailureCode[] = ['not-found', 'tag-gone'];
  test.each(rows.filter(({ code }) => !absent.includes(code)))('$name: $code', async ({ faults, code, sentence }) => {
    inject(/^\/v2\/team\/web\//, faults);
    const { image, conclusion } = await site.check();
    expect([image.verdict, conclusion]).toEqual(['unknown', 'incomplete']);
    // An image that was read by tag has no other digest than that of its bytes: these are no manifest then.
    expect(image.failure?.code).toBe(code === 'digest-mismatch' ? 'malformed' : code);
    if (code !== 'digest-mismatch' && image.failure !== null)
      expectSentence(describeFailure({ ...image.failure, subject: '' }).slice(2), sentence);
  });

  test.each(rows.filter(({ code }) => absent.includes(code)))('$name, for it is not built yet', async ({ faults }) => {
    inject(/^\/v2\/team\/web\//, faults);
    const { image } = await site.check();
    expect([image.verdict, image.bases[0]?.verdict]).toEqual(['stale', 'missing']);
  });
});

describe('a whole run', () => {
  test('whose time is over says so', async () => {
    let passed = 0;
    const slow: Http = async (request) => {
      passed += 500;
      return http.send(request);
    };
    const world: Partial<World> = { http: slow, now: () => new Date(1_700_000_000_000 + passed) };
    const { image, conclusion } = await site.check({ deadline: '1s' }, world);
    const failure = image.failure ?? image.bases[0]?.failure;
    expect([image.verdict, conclusion, failure?.code]).toEqual(['unknown', 'incomplete', 'deadline']);
    expect(failure === null || failure === undefined ? '' : describeFailure(failure)).toMatch(
      /: the run reached its deadline: the registry was not asked; raise --deadline or check what is slow\.$/,
    );
  });

  test('against a registry whose certificate nobody vouches for', async () => {
    const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/tls', name));
    const secure = await start({ tls: { key: fixture('server-key.pem'), cert: fixture('server.pem') } });
    const routed: Http = (request) =>
      http.send({ ...request, url: request.url.replace('https://registry.lan', secure.url) });
    const lan = await openSite(server, 'registry.lan');
    const { image, conclusion } = await lan.check({}, { http: routed });
    await lan.remove();
    const failure = image.bases[0]?.failure;
    expect([image.verdict, conclusion, failure?.code]).toEqual(['unknown', 'incomplete', 'tls']);
    expect(failure === null || failure === undefined ? '' : describeFailure(failure)).toMatch(
      /^registry\.lan\/library\/base:1: no trusted TLS connection to registry\.lan \(\w+\); trust its certificate authority with --ca-file, or name registry\.lan in --insecure-registry if it speaks plain HTTP\.$/,
    );
  });
});
