import { FailureError } from '../../failure.ts';
import type { World } from '../../ports.ts';
import type { RegistrySettings } from '../settings.ts';
import { refusalFailure } from '../transport/failures.ts';
import type { Transport } from '../transport/transport.ts';
import type { Credential } from './credential.ts';
import { type AzureCloud, type EntraToken, findEntraToken } from './entra.ts';
import { formAnswer, textField } from './token-form.ts';

const clouds: Readonly<Record<string, AzureCloud>> = {
  'azurecr.io': {
    login: 'https://login.microsoftonline.com',
    management: 'https://management.azure.com',
    audience: 'api://AzureADTokenExchange',
  },
  'azurecr.us': {
    login: 'https://login.microsoftonline.us',
    management: 'https://management.usgovcloudapi.net',
    audience: 'api://AzureADTokenExchangeUSGov',
  },
  'azurecr.cn': {
    login: 'https://login.partner.microsoftonline.cn',
    management: 'https://management.chinacloudapi.cn',
    audience: 'api://AzureADTokenExchangeChina',
  },
};

/** The Azure cloud of a registry host; undefined where the host is no Azure registry, which no Entra token may reach. */
export function azureCloudOf(registry: string): AzureCloud | undefined {
  const suffix = /^[a-z0-9]{5,50}(?:-[a-z0-9]+)*\.(azurecr\.(?:io|us|cn))$/.exec(registry.toLowerCase())?.[1];
  return suffix === undefined ? undefined : clouds[suffix];
}

/** For which Azure registry what is asked, and what inputs say of the job. */
export interface AzureQuestion {
  readonly world: World;
  readonly transport: Transport;
  readonly registry: string;
  readonly secret: (value: string) => void;
  readonly given: RegistrySettings['azure'];
}

/** What inputs and Azure's environment offer for an Azure registry: a service principal's secret, or an exchanged Entra token. */
export async function azureCredential(question: AzureQuestion): Promise<Credential | undefined> {
  const { transport, registry, secret, given } = question;
  const cloud = azureCloudOf(registry);
  if (cloud === undefined) return undefined;
  const world = asGiven(question.world, given);
  const { AZURE_CLIENT_ID: username, AZURE_CLIENT_SECRET: password } = world.env;
  if (username && password && given?.token === undefined)
    return { kind: 'basic', username, password, source: 'AZURE_CLIENT_ID and AZURE_CLIENT_SECRET' };
  if (given?.token !== undefined) return exchanged(question, world, { value: given.token, source: 'azure-token' });
  const ask = (resource: string) => findEntraToken({ world, transport, cloud, secret, resource });
  const entra = await ask(cloud.management);
  if (entra === undefined) return undefined;
  try {
    return await exchanged(question, world, entra);
  } catch (thrown) {
    // A registry may be set to take no token but one for registries.
    const own = isRefusal(thrown) ? await ask(registryResource) : undefined;
    if (own === undefined) throw thrown;
    return exchanged(question, world, own);
  }
}

/** What a token is for that an Azure registry takes even where it takes none for Azure's management. */
const registryResource = 'https://containerregistry.azure.net';

// Azure/acr, docs/AAD-OAuth.md, "Calling POST /oauth2/exchange to get an ACR refresh token".
async function exchanged(
  { transport, registry, secret }: AzureQuestion,
  { env }: World,
  { value, source }: EntraToken,
): Promise<Credential> {
  secret(value);
  const answer = await formAnswer(transport, new URL(`https://${registry}/oauth2/exchange`), registry, {
    grant_type: 'access_token',
    service: registry,
    ...(env.AZURE_TENANT_ID ? { tenant: env.AZURE_TENANT_ID } : {}),
    access_token: value,
  });
  if (answer.status !== 200) throw refusalFailure(answer, { subject: registry, registry, credentials: source });
  return { kind: 'identity', token: textField(answer.bytes, 'refresh_token', registry), source };
}

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof FailureError && ['unauthorised', 'forbidden', 'refused'].includes(thrown.failure.code);
}

/** The world with what inputs say of the job: they go over the environment, and a secret in it is that of the client in it. */
export function asGiven(world: World, given: AzureQuestion['given']): World {
  const { AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, ...env } = world.env;
  const client = given?.clientId ?? AZURE_CLIENT_ID;
  return {
    ...world,
    env: {
      ...env,
      AZURE_CLIENT_ID: client,
      ...(client === AZURE_CLIENT_ID ? { AZURE_CLIENT_SECRET } : {}),
      AZURE_TENANT_ID: given?.tenantId ?? env.AZURE_TENANT_ID,
      AZURE_SERVICE_CONNECTION_ID: given?.serviceConnection ?? env.AZURE_SERVICE_CONNECTION_ID,
    },
  };
}
