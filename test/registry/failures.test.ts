import { afterEach, describe, expect, test } from 'vitest';
import { connectionFailure, mayPass } from '../../core/registry/transport/connection.ts';
import { refusalFailure } from '../../core/registry/transport/failures.ts';
import { closeAll, createHarness, failureOf, start } from './harness.ts';

afterEach(closeAll);

const asked = { subject: 'ghcr.io/acme/api:v1', registry: 'ghcr.io' };
const known = { ...asked, credentials: 'GITHUB_TOKEN' };

function answer(
  status: number,
  body: string | object = '',
  more: { readonly attempts?: number; readonly retryAfter?: number } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, bytes: new TextEncoder().encode(text), attempts: 1, ...more };
}

describe('what a registry’s refusal is called', () => {
  test.each([
    [
      answer(401),
      asked,
      'unauthorised',
      'registry answered 401; add credentials for ghcr.io, for example with docker login ghcr.io.',
    ],
    [answer(401), known, 'unauthorised', 'registry answered 401; check the credentials from GITHUB_TOKEN.'],
    [
      answer(403),
      asked,
      'forbidden',
      'registry answered 403; add credentials for ghcr.io, for example with docker login ghcr.io.',
    ],
    [
      answer(403, { errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] }),
      known,
      'forbidden',
      'registry answered 403 (DENIED: requested access to the resource is denied); give the credentials from GITHUB_TOKEN access to it.',
    ],
    [
      answer(404),
      asked,
      'not-found',
      'registry answered 404; check the name, or add credentials for ghcr.io if it is private.',
    ],
    [answer(418), asked, 'refused', 'registry answered 418.'],
    [answer(302), asked, 'malformed', 'registry answered 302; check that ghcr.io is a registry.'],
    [
      answer(429, '', { attempts: 5 }),
      asked,
      'rate-limited',
      'registry answered 429 to each of 5 attempts; add credentials for ghcr.io or try again later.',
    ],
    [
      answer(429, '', { retryAfter: 21_600_000 }),
      known,
      'rate-limited',
      'registry answered 429; try again in 360 minutes.',
    ],
    [
      answer(503, '<html>', { attempts: 5 }),
      asked,
      'unreachable',
      'registry answered 503 to each of 5 attempts; run again when ghcr.io is well.',
    ],
    [
      answer(401),
      { ...asked, who: 'token server ghcr.io' },
      'unauthorised',
      'token server ghcr.io answered 401; add credentials for ghcr.io, for example with docker login ghcr.io.',
    ],
  ])('%# %j', (refusal, about, code, words) => {
    const { failure, message } = refusalFailure(refusal, about);
    expect([failure.code, message]).toEqual([code, `ghcr.io/acme/api:v1: ${words}`]);
  });

  test('its words are held to one short line', () => {
    const message = `gone\n::error::x\u0007\u202e${'y'.repeat(500)}`;
    const { failure } = refusalFailure(answer(404, { errors: [{ code: 'X\r\n', message }] }), asked);
    expect(failure.detail).toMatch(/^registry answered 404 \(X: gone ::error::x y+…\)$/);
    expect(failure.detail.length).toBeLessThan(220);
  });

  test.each(['', '{', '[]', 'null', '{"errors":{}}', '{"errors":[]}', '{"errors":[null]}', '{"errors":[{"code":7}]}'])(
    'a body of %s adds nothing',
    (body) => {
      expect(refusalFailure(answer(404, body), asked).failure.detail).toBe('registry answered 404');
    },
  );
});

describe('what a failed connection is called', () => {
  const check = 'check the host name, the network and the proxy settings';
  test.each([
    ['ENOTFOUND', 'unreachable', `ghcr.io did not answer in 5 attempts (no such host name); ${check}.`],
    ['ECONNREFUSED', 'unreachable', `ghcr.io did not answer in 5 attempts (connection refused); ${check}.`],
    [
      'UND_ERR_CONNECT_TIMEOUT',
      'unreachable',
      `ghcr.io did not answer in 5 attempts (connecting took too long); ${check}.`,
    ],
    ['EWHATEVER', 'unreachable', `ghcr.io did not answer in 5 attempts (EWHATEVER); ${check}.`],
    [
      'HPE_INVALID_CONSTANT',
      'malformed',
      'ghcr.io does not answer in HTTP (HPE_INVALID_CONSTANT); check that ghcr.io is a registry.',
    ],
  ])('%s', (code, kind, words) => {
    const { failure, message } = connectionFailure(Object.assign(new Error('x'), { code }), 'app', 'ghcr.io', 5);
    expect([failure.code, message]).toEqual([kind, `app: ${words}`]);
  });

  test.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'EPROTO',
  ])('%s is not tried again, and says what to do', (code) => {
    const thrown = Object.assign(new Error('x'), { code });
    expect(mayPass(thrown)).toBe(false);
    expect(connectionFailure(thrown, 'app', 'registry.lan', 1).message).toBe(
      `app: no trusted TLS connection to registry.lan (${code}); trust its certificate authority with --ca-file, or name registry.lan in --insecure-registry if it speaks plain HTTP.`,
    );
  });

  test('a registry that speaks plain HTTP where TLS is expected', async () => {
    const server = await start();
    const routes = { 'https://registry.lan': server.url.replace('http:', 'https:') };
    const harness = createHarness({}, { routes });
    const { code, message } = await failureOf(
      harness.registry.head({ registry: 'registry.lan', repository: 'app', tag: 'v1' }),
    );
    expect(code).toBe('tls');
    expect(message).toMatch(
      /^registry\.lan\/app:v1: no trusted TLS connection to registry\.lan \(\w+\); .*--insecure-registry/,
    );
    expect(harness.sent).toHaveLength(1);
    const named = createHarness({ insecureHosts: ['registry.lan'] }, { routes: { 'http://registry.lan': server.url } });
    expect(
      (await failureOf(named.registry.head({ registry: 'registry.lan', repository: 'app', tag: 'v1' }))).code,
    ).toBe('not-found');
  });
});
