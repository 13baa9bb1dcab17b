import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import type { World } from '../../core/ports.ts';
import { azureCloudOf } from '../../core/registry/auth/acr.ts';
import { azureCli } from '../../core/registry/auth/azure-cli.ts';
import { createWorld } from '../../core/world.ts';
import { closeAll, createHarness, failureOf } from './harness.ts';

interface Seen {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

const digest = `sha256:${'a'.repeat(64)}`;
const registry = 'contoso.azurecr.io';
const reference = { registry, repository: 'web', tag: 'v1' };

/** Azure as far as a registry client meets it: an ACR with its two token endpoints, Entra ID, and the CI hosts' OIDC. */
let azure: Server;
let folder: string;
let seen: Seen[] = [];
let exchange = 200;
let takesRegistryTokens = false;

async function readForm(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return Object.fromEntries(new URLSearchParams(text));
}

function answerTo({ line, authorization, form }: Seen): readonly [number, object, Record<string, string>?] {
  const path = line.split(' ')[1]?.split('?')[0] ?? '';
  if (path === '/oauth2/exchange')
    return [
      form.access_token === 'registry-token' ? 200 : exchange,
      { refresh_token: 'acr-refresh', errors: [{ code: 'UNAUTHORIZED' }] },
    ];
  if (path === '/oauth2/token') return [200, { access_token: 'acr-access' }];
  if (form.scope === 'https://containerregistry.azure.net/.default' && takesRegistryTokens)
    return [200, { access_token: 'registry-token' }];
  if (path.endsWith('/oauth2/v2.0/token') || path.startsWith('/msi'))
    return [200, { access_token: 'entra-token', expires_in: 3600 }];
  if (path === '/github') return [200, { value: 'github-assertion' }];
  if (path === '/azure') return [200, { oidcToken: 'azure-assertion' }];
  const challenge = `Bearer realm="https://${registry}/oauth2/token",service="${registry}"`;
  if (authorization !== 'Bearer acr-access') return [401, {}, { 'www-authenticate': challenge }];
  const type = 'application/vnd.oci.image.manifest.v1+json';
  return [200, {}, { 'docker-content-digest': digest, 'content-type': type, 'content-length': '2' }];
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bir-acr-'));
  seen = [];
  exchange = 200;
  takesRegistryTokens = false;
  azure = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`;
    const asked = { line, authorization: request.headers.authorization, form: await readForm(request) };
    seen.push(asked);
    const [status, body, headers = {}] = answerTo(asked);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => azure.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await closeAll();
  azure.closeAllConnections();
  azure.close();
  await rm(folder, { recursive: true });
});

function harness(env: Readonly<Record<string, string>>, azureInputs?: Config['registry']['azure']) {
  const url = `http://127.0.0.1:${(azure.address() as AddressInfo).port}`;
  const hosts = [
    registry,
    'contoso.azurecr.us',
    'login.microsoftonline.us',
    'login.microsoftonline.com',
    'ci.example',
    'evil.example',
    'contoso.azurecr.io.evil.example',
  ];
  const routes = Object.fromEntries(hosts.map((host) => [`https://${host}`, url]));
  return createHarness(azureInputs === undefined ? {} : { azure: azureInputs }, {
    routes: { ...routes, 'http://169.254.169.254': `${url}/msi` },
    env: { PATH: folder, ...env },
  });
}

const client = { AZURE_CLIENT_ID: 'client', AZURE_TENANT_ID: 'tenant' };

test('a tag of an Azure registry is removed as such, with no right but to delete in its repository', async () => {
  const { registry: acr } = harness({}, { token: 'entra-token' });
  await acr.deleteManifest({ ...reference, repository: 'team/web' });
  expect(seen.map(({ line }) => line)).toEqual([
    'GET /v2/',
    'POST /oauth2/exchange',
    'POST /oauth2/token',
    'DELETE /acr/v1/team/web/_tags/v1',
  ]);
  expect(seen[2]?.form).toMatchObject({ scope: 'repository:team/web:delete' });
});

describe('an Azure registry opened by an Entra token', () => {
  test('of GitHub’s OIDC: assertion, Entra, exchange, token', async () => {
    const { registry: acr, secrets } = harness({
      ...client,
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/github?api-version=2.0',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime',
    });
    expect((await acr.head(reference)).digest).toBe(digest);
    expect(seen.map(({ line }) => line)).toEqual([
      'GET /v2/',
      'GET /github?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange',
      'POST /tenant/oauth2/v2.0/token',
      'POST /oauth2/exchange',
      'POST /oauth2/token',
      'HEAD /v2/web/manifests/v1',
    ]);
    expect(seen[2]?.form).toMatchObject({
      client_id: 'client',
      client_assertion: 'github-assertion',
      scope: 'https://management.azure.com/.default',
    });
    expect(seen[3]?.form).toEqual({
      grant_type: 'access_token',
      service: registry,
      tenant: 'tenant',
      access_token: 'entra-token',
    });
    expect(seen[4]?.form).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'acr-refresh',
      scope: 'repository:web:pull',
    });
    expect(secrets).toEqual(['github-assertion', 'entra-token', 'acr-refresh', 'acr-access']);
  });

  test('of an Azure service connection', async () => {
    const { registry: acr } = harness({
      ...client,
      SYSTEM_OIDCREQUESTURI: 'https://ci.example/azure',
      SYSTEM_ACCESSTOKEN: 'job',
      AZURE_SERVICE_CONNECTION_ID: 'connection',
    });
    await acr.head(reference);
    expect(seen[1]).toMatchObject({
      line: 'POST /azure?api-version=7.1&serviceConnectionId=connection',
      authorization: 'Bearer job',
    });
    expect(seen[2]?.form).toMatchObject({ client_assertion: 'azure-assertion' });
  });

  test('of a federated token in a file', async () => {
    await writeFile(join(folder, 'token'), 'file-assertion\n');
    const { registry: acr } = harness({ ...client, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') });
    await acr.head(reference);
    expect(seen[1]?.form).toMatchObject({ client_assertion: 'file-assertion' });
  });

  test('of the Azure CLI’s login', async () => {
    const az = join(folder, 'az');
    await writeFile(az, `#!/bin/sh\necho "{\\"accessToken\\":\\"cli-token\\",\\"asked\\":\\"$*\\"}"\n`);
    await chmod(az, 0o755);
    const { registry: acr } = harness({});
    await acr.head(reference);
    expect(seen[1]).toMatchObject({ line: 'POST /oauth2/exchange', form: { access_token: 'cli-token' } });
  });

  test('of the Azure CLI’s login on Windows, by the Python beside its script and by no shell', async () => {
    const world = createWorld();
    const env = { Path: 'wbin;C:\\tools;"C:\\Azure\\CLI2\\wbin"' };
    const installed = ['C:\\Azure\\CLI2\\wbin\\az.cmd', 'C:\\Azure\\CLI2\\python.exe'];
    const on = (files: readonly string[]): World => ({
      ...world,
      env,
      platform: { os: 'win32', architecture: 'x64' },
      files: { ...world.files, stat: async (path) => ({ kind: files.includes(path) ? 'file' : 'absent', size: 1 }) },
    });
    expect(await azureCli(on(installed))).toEqual({ file: installed[1], args: ['-IBm', 'azure.cli'] });
    // A script alone would need the command processor.
    expect(await azureCli(on(installed.slice(0, 1)))).toBeUndefined();
    expect(await azureCli(on(['wbin\\az.cmd', 'python.exe']))).toBeUndefined();
    await world.close();
  });

  test('of the machine’s identity, where the job says that it has one', async () => {
    const { registry: acr } = harness({ AZURE_USE_MANAGED_IDENTITY: 'true' });
    await acr.head(reference);
    expect(seen[1]?.line).toMatch(
      /^GET \/msi\/metadata\/identity\/oauth2\/token\?.*resource=https%3A%2F%2Fmanagement.azure.com$/,
    );
  });

  test('of another cloud: its own Entra ID, management and audience', async () => {
    const { registry: acr, sent } = harness({
      ...client,
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/github',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime',
    });
    await acr.head({ ...reference, registry: 'contoso.azurecr.us' }).catch(() => {});
    const urls = sent.map(({ url }) => url);
    expect(urls).toContain('https://ci.example/github?audience=api%3A%2F%2FAzureADTokenExchangeUSGov');
    expect(urls).toContain('https://login.microsoftonline.us/tenant/oauth2/v2.0/token');
    expect(seen.find(({ form }) => form.client_assertion)?.form.scope).toBe(
      'https://management.usgovcloudapi.net/.default',
    );
    expect(urls).toContain('https://contoso.azurecr.us/oauth2/exchange');
    expect(urls.some((url) => url.includes('microsoftonline.com'))).toBe(false);
  });

  test('of an input: nothing else is asked for one', async () => {
    const { registry: acr } = harness({ ...client, AZURE_CLIENT_SECRET: 'sp-secret' }, { token: 'given-token' });
    await acr.head(reference);
    expect(seen[1]).toMatchObject({ line: 'POST /oauth2/exchange', form: { access_token: 'given-token' } });
  });

  test('of a client that inputs name: over the environment, whose secret is another’s', async () => {
    await writeFile(join(folder, 'token'), 'file-assertion');
    const env = { ...client, AZURE_CLIENT_SECRET: 'sp-secret', AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') };
    const { registry: acr } = harness(env, { clientId: 'other', tenantId: 'elsewhere' });
    await acr.head(reference);
    expect(seen[1]).toMatchObject({ line: 'POST /elsewhere/oauth2/v2.0/token', form: { client_id: 'other' } });
    expect(seen[2]?.form).toMatchObject({ tenant: 'elsewhere' });
  });

  test('or by a service principal’s secret', async () => {
    const { registry: acr } = harness({ ...client, AZURE_CLIENT_SECRET: 'sp-secret' });
    await acr.head(reference);
    expect(seen[1]).toMatchObject({
      line: `GET /oauth2/token?service=${registry}&scope=repository%3Aweb%3Apull`,
      authorization: `Basic ${Buffer.from('client:sp-secret').toString('base64')}`,
    });
  });

  test('without any of these it is read anonymously', async () => {
    const { registry: acr } = harness({});
    await acr.head(reference);
    expect(seen.map(({ line }) => line.split('?')[0])).toEqual([
      'GET /v2/',
      'GET /oauth2/token',
      'HEAD /v2/web/manifests/v1',
    ]);
  });

  test('for registries, where it takes none for Azure’s management', async () => {
    await writeFile(join(folder, 'token'), 'file-assertion');
    [exchange, takesRegistryTokens] = [401, true];
    const { registry: acr } = harness({ ...client, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') });
    expect((await acr.head(reference)).digest).toBe(digest);
    const exchanges = seen.filter(({ line }) => line.endsWith('/oauth2/exchange'));
    expect(exchanges.map(({ form }) => form.access_token)).toEqual(['entra-token', 'registry-token']);
  });

  test('that it does not take', async () => {
    await writeFile(join(folder, 'token'), 'file-assertion');
    exchange = 401;
    const { registry: acr } = harness({ ...client, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') });
    expect((await failureOf(acr.head(reference))).message).toBe(
      'contoso.azurecr.io/web:v1: registry answered 401 (UNAUTHORIZED); check the credentials from Entra ID by AZURE_FEDERATED_TOKEN_FILE.',
    );
  });
});

describe('an Entra token', () => {
  test.each([
    ['contoso.azurecr.io', true],
    ['contoso-f0a1.azurecr.io', true],
    ['contoso.azurecr.us', true],
    ['contoso.azurecr.cn', true],
    ['azurecr.io', false],
    ['contoso.azurecr.io.evil.example', false],
    ['contoso.azurecr.io:5000', false],
    ['evil.example/contoso.azurecr.io', false],
    ['contoso.evilazurecr.io', false],
    ['a.b.azurecr.io', false],
    ['mcr.microsoft.com', false],
  ])('may reach %s: %s', (host, may) => {
    expect(azureCloudOf(host) !== undefined).toBe(may);
  });

  test('that an input gives goes nowhere else', async () => {
    const { registry: stranger } = harness({}, { token: 'given-token' });
    await stranger.head({ ...reference, registry: 'contoso.azurecr.io.evil.example' });
    expect(JSON.stringify(seen)).not.toContain('given-token');
  });

  test('is not even asked for on behalf of another host', async () => {
    await writeFile(join(folder, 'token'), 'file-assertion');
    const { registry: stranger } = harness({ ...client, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') });
    await stranger.head({ ...reference, registry: 'contoso.azurecr.io.evil.example' });
    expect(seen.every(({ line }) => !line.includes('exchange') && !line.includes('tenant'))).toBe(true);
  });
});
