import { load, YAMLException } from 'js-yaml';
import type { InputDefinition } from '../core/settings/input.ts';
import { camelCase } from '../core/settings/input.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the service connections that were picked give a run. */
export interface Connected {
  /** What the environment says of Azure's identity; undefined takes away what the job says of another. */
  readonly env: Env;
  /** Lines of registry-credentials: HOST=USER:PASSWORD. */
  readonly credentials: readonly string[];
  /** Text of a kubeconfig; null where no cluster was picked. */
  readonly kubeconfig: string | null;
}

/** A service connection that cannot be used, as input, fact and remedy. */
export class ConnectionError extends Error {}

// Whatever else in a job's environment names an identity of Azure.
const otherIdentity: Env = {
  AZURE_CLIENT_SECRET: undefined,
  AZURE_FEDERATED_TOKEN_FILE: undefined,
  AZURE_USE_MANAGED_IDENTITY: undefined,
  IDENTITY_ENDPOINT: undefined,
};

const nothing: Connected = { env: {}, credentials: [], kubeconfig: null };

/** One endpoint of the agent (Agent.Worker, Handler.cs: ENDPOINT_* variables, keys in upper case). */
interface Endpoint {
  readonly input: string;
  readonly id: string;
  readonly url: string;
  readonly scheme: string;
  readonly parameter: (name: string) => string;
  readonly data: (name: string) => string;
}

/** Reads the picked service connections out of the agent's environment; throws ConnectionError. */
export function readConnections(inputs: readonly InputDefinition[], env: Env): Connected {
  const found = inputs.flatMap(({ name, connection }) => {
    const id = connection === undefined ? undefined : env[`INPUT_${camelCase(name).toUpperCase()}`];
    return connection === undefined || !id ? [] : [readers[connection](endpointOf(camelCase(name), id, env), env)];
  });
  const merged = found.reduce(
    (all, each) => ({
      env: { ...all.env, ...each.env },
      credentials: [...all.credentials, ...each.credentials],
      kubeconfig: each.kubeconfig ?? all.kubeconfig,
    }),
    nothing,
  );
  const identities = new Set(found.flatMap((each) => each.env.AZURE_CLIENT_ID ?? []));
  if (identities.size < 2) return merged;
  throw new ConnectionError(
    'azureServiceConnection and registryConnection: they are two identities of Azure; pick one connection for both.',
  );
}

const readers: Readonly<Record<NonNullable<InputDefinition['connection']>, (of: Endpoint, env: Env) => Connected>> = {
  AzureRM: (endpoint, env) => ({ ...nothing, env: azureIdentity(endpoint, env) }),
  dockerregistry: registryLogin,
  kubernetes: (endpoint) => ({ ...nothing, kubeconfig: kubeconfigOf(endpoint) }),
};

function endpointOf(input: string, id: string, env: Env): Endpoint {
  const read = (kind: string, name: string) => env[`ENDPOINT_${kind}_${id}_${name.toUpperCase()}`] ?? '';
  const scheme = env[`ENDPOINT_AUTH_SCHEME_${id}`];
  if (scheme === undefined) {
    throw new ConnectionError(
      `${input}: the agent gives this task no service connection of that name; pick one that this pipeline may use.`,
    );
  }
  return {
    input,
    id,
    scheme,
    url: env[`ENDPOINT_URL_${id}`] ?? '',
    parameter: (name) => read('AUTH_PARAMETER', name),
    data: (name) => read('DATA', name),
  };
}

// Schemes of Azure Resource Manager connections; the registry's kind of Azure has the same.
function azureIdentity(endpoint: Endpoint, env: Env): Env {
  const [client, tenant] = [endpoint.parameter('serviceprincipalid'), endpoint.parameter('tenantid')];
  const scheme = endpoint.scheme.toLowerCase();
  if (scheme === 'managedserviceidentity') return { ...otherIdentity, AZURE_USE_MANAGED_IDENTITY: 'true' };
  if (scheme === 'workloadidentityfederation') {
    const token = env.ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN ?? env.SYSTEM_ACCESSTOKEN;
    return {
      ...otherIdentity,
      AZURE_CLIENT_ID: required(endpoint, 'serviceprincipalid', client),
      AZURE_TENANT_ID: required(endpoint, 'tenantid', tenant),
      AZURE_SERVICE_CONNECTION_ID: endpoint.id,
      SYSTEM_ACCESSTOKEN: required(endpoint, 'the access token of the job', token ?? ''),
    };
  }
  const key = endpoint.parameter('serviceprincipalkey');
  if (scheme === 'serviceprincipal' && key !== '') {
    return {
      ...otherIdentity,
      AZURE_CLIENT_ID: required(endpoint, 'serviceprincipalid', client),
      AZURE_TENANT_ID: required(endpoint, 'tenantid', tenant),
      AZURE_CLIENT_SECRET: key,
    };
  }
  throw unusable(endpoint, 'is neither a workload identity, a managed identity nor a service principal with a key');
}

function registryLogin(endpoint: Endpoint, env: Env): Connected {
  if (endpoint.data('registrytype').toUpperCase() === 'ACR') {
    const scheme = endpoint.parameter('scheme') || endpoint.scheme;
    const host = required(endpoint, 'loginServer', endpoint.parameter('loginserver'));
    if (scheme.toLowerCase() !== 'serviceprincipal')
      return { ...nothing, env: azureIdentity({ ...endpoint, scheme }, env) };
    return { ...nothing, credentials: [login(endpoint, host, 'serviceprincipalid', 'serviceprincipalkey')] };
  }
  const host = hostOf(endpoint.parameter('registry') || endpoint.url);
  return { ...nothing, credentials: [login(endpoint, host, 'username', 'password')] };
}

function login(endpoint: Endpoint, host: string, name: string, secret: string): string {
  const [user, password] = [name, secret].map((key) => required(endpoint, key, endpoint.parameter(key)));
  return `${required(endpoint, 'registry', host)}=${user}:${password}`;
}

// Docker Hub is written as https://index.docker.io/v1/, others as an address or a bare host.
function hostOf(registry: string): string {
  const address = registry.includes('://') ? registry : `https://${registry}`;
  const host = URL.canParse(address) ? new URL(address).host : '';
  return /^(?:index|registry-1|registry\.hub)\.docker\.(?:io|com)$/.test(host) ? 'docker.io' : host;
}

// By what the connection holds, as Azure's own tasks read it: its scheme is a word that differs with its age.
function kubeconfigOf(endpoint: Endpoint): string {
  const [kubeconfig, key] = [endpoint.parameter('kubeconfig'), endpoint.parameter('apitoken')];
  const kind = endpoint.data('authorizationtype').toLowerCase() || (key === '' ? 'kubeconfig' : 'serviceaccount');
  if (kind === 'kubeconfig')
    return inContext(required(endpoint, 'kubeconfig', kubeconfig), endpoint.parameter('clustercontext'), endpoint);
  if (kind !== 'serviceaccount' && key === '')
    throw unusable(
      endpoint,
      'signs in by an Azure subscription; pick a Kubernetes connection by kubeconfig or service account, or set aks with azureServiceConnection',
    );
  const token = Buffer.from(required(endpoint, 'apiToken', key), 'base64').toString('utf8');
  const authority = endpoint.parameter('serviceaccountcertificate');
  const cluster = {
    server: required(endpoint, 'the address of the cluster', endpoint.url),
    ...(authority === '' ? {} : { 'certificate-authority-data': authority }),
  };
  // YAML is a superset of JSON.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'connection',
    clusters: [{ name: 'connection', cluster }],
    users: [{ name: 'connection', user: { token } }],
    contexts: [{ name: 'connection', context: { cluster: 'connection', user: 'connection' } }],
  });
}

// A connection may name another context than that which its kubeconfig has as current: another cluster, that is.
function inContext(kubeconfig: string, context: string, endpoint: Endpoint): string {
  if (context === '') return kubeconfig;
  const read = kubeconfigIn(kubeconfig);
  if (read === undefined) throw unusable(endpoint, `names the context ${context}, and its kubeconfig cannot be read`);
  return JSON.stringify({ ...read, 'current-context': context });
}

function kubeconfigIn(text: string): object | undefined {
  try {
    const document = load(text);
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch (error) {
    if (error instanceof YAMLException) return undefined;
    throw error;
  }
}

function required({ input }: Endpoint, what: string, value: string): string {
  if (value !== '') return value;
  throw new ConnectionError(
    `${input}: the service connection gives no ${what}; look at it in the project's settings, or pick another.`,
  );
}

function unusable({ input }: Endpoint, detail: string): ConnectionError {
  return new ConnectionError(`${input}: the service connection ${detail}.`);
}
