import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttp } from '../../core/world/http.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { closeAll, start } from './harness.ts';
import { openSite, type Site } from './site.ts';

const fixture = (name: string) => join(import.meta.dirname, '../fixtures/tls', name);
const tls = { key: readFileSync(fixture('server-key.pem')), cert: readFileSync(fixture('server.pem')) };
const trusted = { 'ca-file': fixture('authority.pem') };

const opened: { close(): Promise<void> }[] = [];
const sites: Site[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.remove();
  for (const thing of opened.splice(0).reverse()) await thing.close();
  await closeAll();
});

/** What `check` says of an image of registry.lan, which is known to nobody but the proxy, in an environment. */
async function checkLan(server: TestRegistry, env: Readonly<Record<string, string>>, inputs = {}) {
  const site = await openSite(server, 'registry.lan');
  sites.push(site);
  const http = createHttp(env);
  opened.push(http);
  return site.check({ image: 'registry.lan/team/web:1', ...inputs }, { http: http.send });
}

async function proxyTo(server: TestRegistry, status?: number): Promise<TestProxy> {
  const proxy = await startProxy(server.host, status);
  opened.push(proxy);
  return proxy;
}

describe('HTTPS_PROXY', () => {
  test.each(['HTTPS_PROXY', 'https_proxy'])('in %s: registries are reached by a tunnel', async (name) => {
    const server = await start({ tls });
    const proxy = await proxyTo(server);
    const { image } = await checkLan(server, { [name]: `http://${proxy.host}` }, trusted);
    expect(image.failure).toBeNull();
    expect(image.verdict).toBe('current');
    expect(new Set(proxy.seen.map(({ line }) => line))).toEqual(new Set(['CONNECT registry.lan:443']));
  });

  test('with user and password: the proxy is told, the registry is not', async () => {
    const server = await start({ tls });
    const proxy = await proxyTo(server);
    const { image } = await checkLan(server, { HTTPS_PROXY: `http://ann:pass%20word@${proxy.host}` }, trusted);
    expect(image.verdict).toBe('current');
    expect(proxy.seen[0]?.authorization).toBe(`Basic ${Buffer.from('ann:pass word').toString('base64')}`);
    for (const { headers } of server.requests) expect(headers).not.toHaveProperty('proxy-authorization');
  });

  test('without a scheme is HTTP', async () => {
    const server = await start({ tls });
    const proxy = await proxyTo(server);
    expect((await checkLan(server, { HTTPS_PROXY: proxy.host }, trusted)).image.verdict).toBe('current');
  });

  test('to a proxy that lets nobody through says so at once', async () => {
    const server = await start({ tls });
    const proxy = await proxyTo(server, 407);
    const { image, conclusion } = await checkLan(server, { HTTPS_PROXY: `http://${proxy.host}` }, trusted);
    expect(conclusion).toBe('incomplete');
    expect(image.failure).toMatchObject({
      code: 'unreachable',
      detail: 'the proxy on the way to registry.lan answered 407',
      remedy: 'check HTTPS_PROXY and the user and password in it, or name the host in NO_PROXY',
    });
    expect(proxy.seen.length).toBeLessThanOrEqual(2);
  });

  test('that is no address is a mistake to mend, and is not repeated', async () => {
    const server = await start({ tls });
    const { image } = await checkLan(server, { HTTPS_PROXY: 'http://ann:secret@[' });
    expect(image.failure).toMatchObject({ code: 'config', detail: 'is no address of a proxy' });
    expect(JSON.stringify(image.failure)).not.toContain('secret');
  });
});

describe('HTTP_PROXY', () => {
  test('plain HTTP goes by its whole address, for proxies tunnel TLS only', async () => {
    const server = await start();
    const proxy = await proxyTo(server);
    const env = { HTTP_PROXY: `http://${proxy.host}` };
    const { image } = await checkLan(server, env, { 'insecure-registry': 'registry.lan' });
    expect(image.verdict).toBe('current');
    expect(proxy.seen.map(({ line }) => line)).toContain('HEAD http://registry.lan/v2/library/base/manifests/1');
  });

  test('loopback is never asked of a proxy', async () => {
    const server = await start();
    const proxy = await proxyTo(server);
    const site = await openSite(server);
    sites.push(site);
    const http = createHttp({ HTTP_PROXY: `http://${proxy.host}`, HTTPS_PROXY: `http://${proxy.host}` });
    opened.push(http);
    expect((await site.check({}, { http: http.send })).image.verdict).toBe('current');
    expect(proxy.seen).toEqual([]);
  });
});

test.each(['registry.lan', '.lan', 'other.example, registry.lan:443', '*'])(
  'NO_PROXY=%s keeps the proxy out',
  async (no) => {
    const server = await start({ tls });
    const proxy = await proxyTo(server);
    const { image } = await checkLan(server, { HTTPS_PROXY: `http://${proxy.host}`, NO_PROXY: no }, trusted);
    expect(image.failure?.code).toBe('unreachable');
    expect(proxy.seen).toEqual([]);
  },
);

describe('certificate authorities', () => {
  test('that nobody trusts: the way out is named', async () => {
    const server = await start({ tls });
    const proxy = await proxyTo(server);
    const { image } = await checkLan(server, { HTTPS_PROXY: `http://${proxy.host}` });
    expect(image.failure?.code).toBe('tls');
    expect(image.failure?.remedy).toMatch(/^trust its certificate authority with --ca-file, /);
  });

  test('of NODE_EXTRA_CA_CERTS are trusted beside those of ca-file', async () => {
    const server = await start({ tls });
    const proxy = await proxyTo(server);
    const env = { HTTPS_PROXY: `http://${proxy.host}`, NODE_EXTRA_CA_CERTS: fixture('authority.pem') };
    expect((await checkLan(server, env, { 'ca-file': fixture('server.pem') })).image.verdict).toBe('current');
  });

  test.each([
    ['nowhere.pem', '', 'there is no such file'],
    ['empty.pem', '', 'it is not a list of certificates'],
    ['wrong.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'it is not a list of certificates'],
  ])('in %s are refused before anything is asked', async (name, content, why) => {
    const server = await start();
    const site = await openSite(server);
    sites.push(site);
    if (name !== 'nowhere.pem') await writeFile(join(site.root, name), content);
    const path = join(site.root, name);
    const { conclusion, lines } = await site.check({ 'ca-file': path });
    expect(conclusion).toBe('usage-error');
    expect(lines.join('\n')).toContain(`--ca-file: cannot be ${path}: ${why}; give a file of certificates in PEM.`);
    expect(server.requests).toEqual([]);
  });
});
