import { fail } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { chosenFrom } from '../../table.ts';
import { refusalFailure } from '../transport/failures.ts';
import type { Transport } from '../transport/transport.ts';
import { azureCli } from './azure-cli.ts';
import { formAnswer, textField } from './token-form.ts';

/** A token of Microsoft Entra ID, and where it came from. */
export interface EntraToken {
  readonly value: string;
  readonly source: string;
}

/** What is asked for a token, and which cloud it is for. */
export interface Azure {
  readonly world: World;
  readonly transport: Transport;
  readonly cloud: AzureCloud;
  /** What the token is for. */
  readonly resource: string;
  readonly secret: (value: string) => void;
}

const limit = 256 * 1024;
const json = { accept: 'application/json' };

/** An Entra token of this job: by its OIDC identity, else by the Azure CLI's login, else by the machine's identity. */
export async function findEntraToken(azure: Azure): Promise<EntraToken | undefined> {
  return (await byFederation(azure)) ?? (await byCli(azure)) ?? (await byManagedIdentity(azure));
}

// Workload identity federation: the CI host vouches for the job, no secret is kept anywhere.
async function byFederation(azure: Azure): Promise<EntraToken | undefined> {
  const { world, transport, cloud, resource } = azure;
  const { AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant } = world.env;
  if (!client || !tenant) return undefined;
  const assertion =
    (await githubIdentity(azure)) ?? (await azurePipelinesIdentity(azure)) ?? (await fileIdentity(azure));
  if (assertion === undefined) return undefined;
  azure.secret(assertion.value);
  const url = new URL(`${cloud.login}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`);
  const answer = await formAnswer(transport, url, cloud.login, {
    grant_type: 'client_credentials',
    client_id: client,
    scope: `${resource}/.default`,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion.value,
  });
  if (answer.status !== 200) {
    const credentials = `AZURE_CLIENT_ID and ${assertion.source}`;
    throw refusalFailure(
      { ...answer, status: 401 },
      { subject: cloud.login, registry: cloud.login, who: 'Entra ID', credentials },
    );
  }
  return { value: textField(answer.bytes, 'access_token', cloud.login), source: `Entra ID by ${assertion.source}` };
}

async function githubIdentity({ world, transport, cloud }: Azure): Promise<EntraToken | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = world.env;
  if (!address || !token || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  url.searchParams.set('audience', cloud.audience);
  const headers = { ...json, authorization: `Bearer ${token}` };
  const answer = await transport.send({ method: 'GET', url, headers, kind: 'token', subject: url.host }, limit);
  if (answer.status !== 200) throw identityRefused(url.host, answer.status);
  return { value: textField(answer.bytes, 'value', url.host), source: "GitHub's OIDC token" };
}

async function azurePipelinesIdentity({ world, transport }: Azure): Promise<EntraToken | undefined> {
  const {
    SYSTEM_OIDCREQUESTURI: address,
    SYSTEM_ACCESSTOKEN: token,
    AZURE_SERVICE_CONNECTION_ID: connection,
  } = world.env;
  if (!address || !token || !connection || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  url.searchParams.set('api-version', '7.1');
  url.searchParams.set('serviceConnectionId', connection);
  const headers = {
    ...json,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'x-tfs-fedauthredirect': 'Suppress',
  };
  const answer = await transport.send({ method: 'POST', url, headers, kind: 'token', subject: url.host }, limit);
  if (answer.status !== 200) throw identityRefused(url.host, answer.status);
  return { value: textField(answer.bytes, 'oidcToken', url.host), source: "the service connection's OIDC token" };
}

async function fileIdentity({ world }: Azure): Promise<EntraToken | undefined> {
  const path = world.env.AZURE_FEDERATED_TOKEN_FILE;
  if (!path) return undefined;
  return { value: (await world.files.readText(path)).trim(), source: 'AZURE_FEDERATED_TOKEN_FILE' };
}

function identityRefused(host: string, status: number): Error {
  return fail(
    'unauthorised',
    host,
    `answered ${status} to the request for an identity token`,
    'let the job request one (id-token: write)',
  );
}

const cliEnvironment =
  /^(?:PATH|HOME|USERPROFILE|AZURE_CONFIG_DIR|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|TEMP|TMP|TMPDIR|APPDATA|LOCALAPPDATA|PROGRAMFILES|HTTPS?_PROXY|NO_PROXY|REQUESTS_CA_BUNDLE|LANG)$/i;

async function byCli({ world, resource }: Azure): Promise<EntraToken | undefined> {
  const az = await azureCli(world);
  if (az === undefined) return undefined;
  const exit = await world.exec({
    file: az.file,
    args: [...az.args, 'account', 'get-access-token', '--resource', resource, '--output', 'json'],
    env: chosenFrom(world.env, (name) => cliEnvironment.test(name)),
    timeout: 60_000,
    maxOutput: 1024 * 1024,
  });
  if (exit.kind !== 'exited' || exit.code !== 0) return undefined;
  return {
    value: textField(new TextEncoder().encode(exit.stdout), 'accessToken', 'az'),
    source: 'Entra ID by the Azure CLI',
  };
}

// Asked only where the environment says that there is one: elsewhere the address leads nowhere, or to somebody else.
async function byManagedIdentity({ world, transport, resource }: Azure): Promise<EntraToken | undefined> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header, AZURE_CLIENT_ID: client } = world.env;
  const ownEndpoint = endpoint !== undefined && header !== undefined && URL.canParse(endpoint);
  if (!ownEndpoint && world.env.AZURE_USE_MANAGED_IDENTITY !== 'true') return undefined;
  const url = new URL(ownEndpoint ? endpoint : 'http://169.254.169.254/metadata/identity/oauth2/token');
  url.searchParams.set('api-version', ownEndpoint ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', resource);
  if (client) url.searchParams.set('client_id', client);
  const headers = ownEndpoint ? { ...json, 'x-identity-header': header } : { ...json, metadata: 'true' };
  const answer = await transport.send(
    { method: 'GET', url, headers, kind: 'token', subject: url.host, timeout: 5_000 },
    limit,
  );
  if (answer.status !== 200) throw identityRefused('the managed identity endpoint', answer.status);
  return { value: textField(answer.bytes, 'access_token', url.host), source: 'Entra ID by managed identity' };
}

/** The addresses of one Azure cloud. */
export interface AzureCloud {
  readonly login: string;
  readonly management: string;
  /** Audience of an assertion that this cloud's Entra ID exchanges. */
  readonly audience: string;
}
