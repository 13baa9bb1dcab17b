import type { World } from '../ports.ts';
import type { Credential } from './credential.ts';
import { findEntraToken } from './entra.ts';
import { refusalFailure } from './failures.ts';
import { formAnswer, textField } from './form.ts';
import type { Transport } from './transport.ts';

/** The addresses of one Azure cloud. */
export interface AzureCloud {
  readonly login: string;
  readonly management: string;
}

const clouds: Readonly<Record<string, AzureCloud>> = {
  'azurecr.io': { login: 'https://login.microsoftonline.com', management: 'https://management.azure.com' },
  'azurecr.us': { login: 'https://login.microsoftonline.us', management: 'https://management.usgovcloudapi.net' },
  'azurecr.cn': {
    login: 'https://login.partner.microsoftonline.cn',
    management: 'https://management.chinacloudapi.cn',
  },
};

/** The Azure cloud of a registry host; undefined where the host is no Azure registry, which no Entra token may reach. */
export function azureCloudOf(registry: string): AzureCloud | undefined {
  const suffix = /^[a-z0-9]{5,50}(?:-[a-z0-9]+)*\.(azurecr\.(?:io|us|cn))$/.exec(registry.toLowerCase())?.[1];
  return suffix === undefined ? undefined : clouds[suffix];
}

/** What Azure's environment offers for an Azure registry: a service principal's secret, or an exchanged Entra token. */
export async function azureCredential(
  world: World,
  transport: Transport,
  registry: string,
  secret: (value: string) => void,
): Promise<Credential | undefined> {
  const cloud = azureCloudOf(registry);
  if (cloud === undefined) return undefined;
  const { AZURE_CLIENT_ID: username, AZURE_CLIENT_SECRET: password } = world.env;
  if (username && password)
    return { kind: 'basic', username, password, source: 'AZURE_CLIENT_ID and AZURE_CLIENT_SECRET' };
  const entra = await findEntraToken({ world, transport, cloud, secret });
  if (entra === undefined) return undefined;
  secret(entra.value);
  const { value, source } = entra;
  const answer = await formAnswer(transport, new URL(`https://${registry}/oauth2/exchange`), registry, {
    grant_type: 'access_token',
    service: registry,
    ...(world.env.AZURE_TENANT_ID ? { tenant: world.env.AZURE_TENANT_ID } : {}),
    access_token: value,
  });
  if (answer.status !== 200) throw refusalFailure(answer, { subject: registry, registry, credentials: source });
  return { kind: 'identity', token: textField(answer.bytes, 'refresh_token', registry), source };
}
