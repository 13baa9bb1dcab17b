import { describe, expect, test } from 'vitest';
import type { HttpRequest, HttpResponse, World } from '../../core/ports.ts';
import { client, config, openShop, type Rule } from './support.ts';

const aks = { subscription: 'sub-1', 'resource-group': 'shop', cluster: 'shop-aks' };
const principal = { AZURE_CLIENT_ID: 'app', AZURE_CLIENT_SECRET: 'principal-secret', AZURE_TENANT_ID: 'acme' };
const empty: Rule = { to: ' get ', answers: [{ stdout: { items: [] } }] };
const server = '6dae42f8-4368-4678-94ff-3960e28e3630';

interface Azure {
  readonly status?: number;
  readonly kubeconfig?: string;
}

/** Entra ID and Azure Resource Manager as documented; everything else goes on to where it is. */
function azure({ status = 200, kubeconfig = 'apiVersion: v1' }: Azure = {}) {
  const seen: { readonly url: string; readonly authorization: string | undefined; readonly body: string }[] = [];
  const change = (real: World): Partial<World> => ({
    http: async (request: HttpRequest) => {
      const { host, pathname } = new URL(request.url);
      if (!/azure|microsoft|usgovcloudapi/.test(host)) return real.http(request);
      const body = String(request.body ?? '');
      seen.push({ url: request.url, authorization: request.headers.authorization, body });
      if (pathname.endsWith('/token')) {
        const scope = new URLSearchParams(body).get('scope') ?? '';
        return answer(200, { access_token: scope.startsWith(server) ? 'server-token' : 'management-token' });
      }
      const value = Buffer.from(kubeconfig).toString('base64');
      return answer(
        status,
        status === 200 ? { kubeconfigs: [{ name: 'clusterUser', value }] } : { error: { code: 'No' } },
      );
    },
  });
  return { seen, change };
}

function answer(status: number, value: object): HttpResponse {
  const bytes = Buffer.from(JSON.stringify(value));
  const body = (async function* () {
    yield bytes;
  })();
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Object.assign(body, { cancel: async () => {} }),
  };
}

describe('a cluster of Azure Kubernetes Service', () => {
  test('is opened with the identity of the job, and Entra sign-in by a token in place of a plugin', async () => {
    const shop = await openShop({ aks });
    const { seen, change } = azure({ kubeconfig: 'users: [{ name: u }]' });
    const rules = [config({ exec: { command: 'kubelogin' } }), client, empty];
    const { conclusion, words } = await shop.deploy(rules, principal, {}, change);
    expect(conclusion, words).toBe('succeeded');
    expect(seen.map(({ url }) => url.replace(/\?.*/, ''))).toEqual([
      'https://login.microsoftonline.com/acme/oauth2/v2.0/token',
      'https://management.azure.com/subscriptions/sub-1/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/shop-aks/listClusterUserCredential',
      'https://login.microsoftonline.com/acme/oauth2/v2.0/token',
    ]);
    expect(seen[1]?.authorization).toBe('Bearer management-token');
    expect(new URLSearchParams(seen[2]?.body).get('scope')).toBe(`${server}/.default`);
    const [view] = shop.calls();
    expect(view?.kubeconfig).toMatchObject({ mode: 0o600, text: 'users: [{ name: u }]' });
    const get = shop.calls().find(({ args }) => args.includes('get'));
    expect(JSON.parse(get?.kubeconfig?.text ?? '').users).toEqual([{ name: 'u', user: { token: 'server-token' } }]);
    expect(get?.env).not.toHaveProperty('AZURE_CLIENT_SECRET');
    const said = [words, ...shop.calls().flatMap(({ args }) => args)].join('\n');
    expect(said).not.toMatch(/server-token|management-token|principal-secret/);
  });

  test('without Entra sign-in is opened with the certificate that Azure gives', async () => {
    const shop = await openShop({ aks });
    const { seen, change } = azure();
    const user = { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5' };
    const { conclusion, words } = await shop.deploy([config(user), client, empty], principal, {}, change);
    expect(conclusion, words).toBe('succeeded');
    expect(seen).toHaveLength(2);
    const get = shop.calls().find(({ args }) => args.includes('get'));
    expect(JSON.parse(get?.kubeconfig?.text ?? '').users[0].user).toEqual(user);
  });

  test('of another cloud is asked for there', async () => {
    const shop = await openShop({ aks: { ...aks, cloud: 'us-government' } });
    const { seen, change } = azure();
    await shop.deploy([config(), client, empty], principal, {}, change);
    expect(seen.map(({ url }) => new URL(url).host)).toEqual([
      'login.microsoftonline.us',
      'management.usgovcloudapi.net',
    ]);
  });

  test.each([
    [401, 'shop-aks: Azure answered 401 to the request for its credentials; give the identity of the job the role'],
    [403, 'Azure Kubernetes Service Cluster User on the cluster'],
    [404, 'check subscription, resource-group and cluster'],
  ])('that Azure refuses with %i is not deployed to', async (status, words) => {
    const shop = await openShop({ aks });
    const ran = await shop.deploy([config(), client, empty], principal, {}, azure({ status }).change);
    expect(ran.conclusion).toBe('incomplete');
    expect(ran.words).toContain(words);
    expect(ran.deployment?.verdict).toBe('failed');
  });

  test('needs an identity', async () => {
    const shop = await openShop({ aks });
    const ran = await shop.deploy([config(), client, empty], {}, {}, azure().change);
    expect(ran.conclusion).toBe('incomplete');
    expect(ran.words).toContain(
      'shop: shop-aks: needs an identity of Azure, and there is none; sign in with azure/login',
    );
  });
});
