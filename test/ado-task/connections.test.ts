import { writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { readConnections } from '../../ado-task/connections.ts';
import { inputsOf } from '../../core/inputs.ts';
import type { Authentication } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { hostEnvironment } from '../hosts/environment.ts';
import { runProcess } from '../hosts/run.ts';
import { startShop } from '../hosts/shop.ts';

const id = '6f9619ff-8b86-d011-b42d-00c04fc964ff';

interface Endpoint {
  readonly id?: string;
  readonly url?: string;
  readonly scheme: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

// As the agent writes the variables of one endpoint.
function endpoint({ id: own = id, url = '', scheme, parameters = {}, data = {} }: Endpoint): Record<string, string> {
  const each = (kind: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([key, value]) => [`ENDPOINT_${kind}_${own}_${key.toUpperCase()}`, value]);
  return {
    [`ENDPOINT_URL_${own}`]: url,
    [`ENDPOINT_AUTH_SCHEME_${own}`]: scheme,
    [`ENDPOINT_AUTH_${own}`]: JSON.stringify({ scheme, parameters }),
    ...Object.fromEntries([...each('AUTH_PARAMETER', parameters), ...each('DATA', data)]),
  };
}

const job = endpoint({ id: 'SYSTEMVSSCONNECTION', scheme: 'OAuth', parameters: { AccessToken: 'job-token' } });
const principal = { serviceprincipalid: 'client', tenantid: 'tenant' };

function read(picked: Readonly<Record<string, string>>, ...endpoints: readonly Readonly<Record<string, string>>[]) {
  return readConnections(inputsOf('azure'), Object.assign({}, job, picked, ...endpoints));
}

const azure = { INPUT_AZURESERVICECONNECTION: id };
const registry = { INPUT_REGISTRYCONNECTION: id };
const cluster = { INPUT_KUBERNETESCONNECTION: id };
const acr = { registrytype: 'ACR' };

describe('what a picked connection gives the run', () => {
  test('nothing where none is picked', () => {
    expect(read({})).toEqual({ env: {}, credentials: [], kubeconfig: null });
  });

  test('Azure by workload identity: the client, its tenant, and the token of the job that asks for the identity', () => {
    const { env } = read(azure, endpoint({ scheme: 'WorkloadIdentityFederation', parameters: principal }));
    expect(env).toMatchObject({
      AZURE_CLIENT_ID: 'client',
      AZURE_TENANT_ID: 'tenant',
      AZURE_SERVICE_CONNECTION_ID: id,
      SYSTEM_ACCESSTOKEN: 'job-token',
    });
  });

  test('Azure by a key, and nothing of another identity that the job has', () => {
    const parameters = { ...principal, serviceprincipalkey: 'key' };
    const { env } = read(azure, endpoint({ scheme: 'ServicePrincipal', parameters }));
    expect(env).toMatchObject({ AZURE_CLIENT_ID: 'client', AZURE_CLIENT_SECRET: 'key' });
    expect(Object.entries(env)).toContainEqual(['AZURE_FEDERATED_TOKEN_FILE', undefined]);
  });

  test('Azure by the identity of the machine', () => {
    const { env } = read(azure, endpoint({ scheme: 'ManagedServiceIdentity' }));
    expect(env).toMatchObject({ AZURE_USE_MANAGED_IDENTITY: 'true' });
    expect(Object.entries(env)).toContainEqual(['AZURE_CLIENT_SECRET', undefined]);
  });

  test.each([
    ['https://index.docker.io/v1/', 'docker.io=me:p:w'],
    ['https://harbor.example:8443/', 'harbor.example:8443=me:p:w'],
    ['ghcr.io', 'ghcr.io=me:p:w'],
  ])('the login of the registry %s', (address, line) => {
    const parameters = { registry: address, username: 'me', password: 'p:w' };
    const found = read(
      registry,
      endpoint({ scheme: 'UsernamePassword', parameters, data: { registrytype: 'Others' } }),
    );
    expect(found).toEqual({ env: {}, credentials: [line], kubeconfig: null });
  });

  test('an Azure registry by a key is a login, and by an identity it is the identity', () => {
    const parameters = { ...principal, serviceprincipalkey: 'key', loginServer: 'acme.azurecr.io' };
    expect(read(registry, endpoint({ scheme: 'ServicePrincipal', parameters, data: acr }))).toEqual({
      env: {},
      credentials: ['acme.azurecr.io=client:key'],
      kubeconfig: null,
    });
    const federated = { ...principal, loginServer: 'acme.azurecr.io', scheme: 'WorkloadIdentityFederation' };
    const { credentials, env } = read(
      registry,
      endpoint({ scheme: 'ServicePrincipal', parameters: federated, data: acr }),
    );
    expect(credentials).toEqual([]);
    expect(env).toMatchObject({ AZURE_SERVICE_CONNECTION_ID: id, AZURE_CLIENT_ID: 'client' });
  });

  test('a cluster by its kubeconfig, or by a service account', () => {
    const kubeconfig = 'apiVersion: v1\nkind: Config\n';
    expect(
      read(
        cluster,
        endpoint({ scheme: 'Kubernetes', parameters: { kubeconfig }, data: { authorizationType: 'Kubeconfig' } }),
      ).kubeconfig,
    ).toBe(kubeconfig);
    const account = read(
      cluster,
      endpoint({
        url: 'https://k8s.example:6443/',
        scheme: 'Token',
        parameters: { apitoken: Buffer.from('t0ken').toString('base64'), serviceAccountCertificate: 'Q0E=' },
        data: { authorizationType: 'ServiceAccount' },
      }),
    );
    expect(JSON.parse(account.kubeconfig ?? '')).toMatchObject({
      clusters: [{ cluster: { server: 'https://k8s.example:6443/', 'certificate-authority-data': 'Q0E=' } }],
      users: [{ user: { token: 't0ken' } }],
    });
  });
});

describe('what kind of connection to a cluster it is', () => {
  const kubeconfig = 'apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{ name: a }, { name: b }]\n';
  const token = { apitoken: Buffer.from('t0ken').toString('base64'), serviceAccountCertificate: 'Q0E=' };
  const url = 'https://k8s.example:6443/';
  const kindOf = (given: Endpoint) => read(cluster, endpoint(given)).kubeconfig;

  test.each(['Kubernetes', 'None', 'Token', 'UsernamePassword'])('does not hang on its scheme: %s', (scheme) => {
    expect(kindOf({ scheme, parameters: { kubeconfig } })).toBe(kubeconfig);
    expect(kindOf({ scheme, parameters: { ...token, kubeconfig }, data: { authorizationType: 'Kubeconfig' } })).toBe(
      kubeconfig,
    );
    expect(kindOf({ url, scheme, parameters: token })).toContain('t0ken');
    expect(kindOf({ url, scheme, parameters: token, data: { authorizationType: 'ServiceAccount' } })).toContain(
      't0ken',
    );
  });

  test('is that of an account where Azure has made one for a subscription', () => {
    const data = { authorizationType: 'AzureSubscription' };
    expect(kindOf({ url, scheme: 'Kubernetes', parameters: token, data })).toContain('t0ken');
  });

  test('is the context that it names, which is another cluster', () => {
    const text = kindOf({ scheme: 'Kubernetes', parameters: { kubeconfig, clusterContext: 'b' } });
    expect(JSON.parse(text ?? '')).toMatchObject({ 'current-context': 'b', contexts: [{ name: 'a' }, { name: 'b' }] });
    expect(() => kindOf({ scheme: 'Kubernetes', parameters: { kubeconfig: '{', clusterContext: 'b' } })).toThrow(
      'kubernetesConnection: the service connection names the context b, and its kubeconfig cannot be read.',
    );
  });
});

describe('a connection that cannot be used is refused', () => {
  test.each([
    [
      'one that the agent does not give',
      azure,
      {},
      'azureServiceConnection: the agent gives this task no service connection of that name; pick one that this pipeline may use.',
    ],
    [
      'a service principal with a certificate',
      azure,
      endpoint({ scheme: 'ServicePrincipal', parameters: { ...principal, servicePrincipalCertificate: 'PEM' } }),
      'azureServiceConnection: the service connection is neither a workload identity, a managed identity nor a service principal with a key.',
    ],
    [
      'a registry without a password',
      registry,
      endpoint({ scheme: 'UsernamePassword', parameters: { registry: 'ghcr.io', username: 'me' } }),
      "registryConnection: the service connection gives no password; look at it in the project's settings, or pick another.",
    ],
    [
      'a cluster by an Azure subscription',
      cluster,
      endpoint({ scheme: 'None', data: { authorizationType: 'AzureSubscription' } }),
      'kubernetesConnection: the service connection signs in by an Azure subscription; pick a Kubernetes connection by kubeconfig or service account, or set aks with azureServiceConnection.',
    ],
  ])('%s', (_, picked, given, message) => {
    expect(() => read(picked, given)).toThrow(message);
  });

  test('two identities of Azure', () => {
    const other = endpoint({
      id: 'other',
      scheme: 'WorkloadIdentityFederation',
      parameters: { ...principal, serviceprincipalid: 'another', loginServer: 'acme.azurecr.io' },
      data: acr,
    });
    const first = endpoint({ scheme: 'WorkloadIdentityFederation', parameters: principal });
    expect(() => read({ ...azure, INPUT_REGISTRYCONNECTION: 'other' }, first, other)).toThrow(
      'azureServiceConnection and registryConnection: they are two identities of Azure; pick one connection for both.',
    );
  });
});

describe('the task as a process', () => {
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  const bundles = useBundles();
  const authentication: Authentication = {
    kind: 'basic',
    users: { robot: 's3cret' },
  };

  async function check(extra: (host: string) => Readonly<Record<string, string>>) {
    const shop = await startShop({ authentication });
    const environment = hostEnvironment('azure', {
      command: 'check',
      mirror: `docker.io=${shop.host}`,
      image: `${shop.host}/acme/web:1`,
      path: '.',
    });
    writeFileSync(`${environment.folder}/Dockerfile`, 'FROM debian:12\n');
    const env = { ...environment.env, ...extra(shop.host) };
    const ended = await runProcess(process.execPath, [bundles().task], { env, cwd: environment.folder });
    await shop.close();
    return `${ended.stdout}\n${ended.stderr}`;
  }

  test('signs in to a registry with the connection that was picked, and shows nothing of its password', async () => {
    const log = await check((host) => ({
      ...registry,
      ...endpoint({
        url: `http://${host}`,
        scheme: 'UsernamePassword',
        parameters: { registry: `http://${host}`, username: 'robot', password: 's3cret' },
      }),
    }));
    expect(log).toContain('##vso[task.setvariable variable=stale;isOutput=true;issecret=false;]true');
    // The agent masks what is registered; elsewhere the password must not stand.
    expect(log.replaceAll(/##vso\[task\.setsecret\][^\n]*/g, '')).not.toContain('s3cret');
  });

  test('fails with a sentence where the connection cannot be used', async () => {
    const log = await check(() => registry);
    expect(log).toContain('registryConnection: the agent gives this task no service connection of that name');
    expect(log).toContain('##vso[task.complete result=Failed;]');
  });
});
