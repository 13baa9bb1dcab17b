import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { asGiven, azureCloudOf } from '../registry/auth/acr.ts';
import type { Azure, AzureCloud } from '../registry/auth/entra.ts';
import { jsonFields } from '../registry/auth/token-form.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { createTransport } from '../registry/transport/transport.ts';
import { managementToken } from '../scan/defender/token.ts';
import type { AzureCloudName, ClusterSettings } from './settings.ts';

/** What asking Azure for a cluster needs. */
export interface AksAccess {
  readonly world: World;
  readonly registry: RegistrySettings;
  readonly secret: (value: string) => void;
}

type Aks = Extract<ClusterSettings, { readonly kind: 'aks' }>;

/** The application of Entra ID that every AKS cluster with Entra sign-in stands for (Azure/kubelogin, "AKS AAD server"). */
const aksServer = '6dae42f8-4368-4678-94ff-3960e28e3630';
const apiVersion = '2024-09-01';
const limit = 1024 * 1024;

// Registries' domains tell clouds apart; clusters have no domain of their own.
const domains: Readonly<Record<AzureCloudName, string>> = {
  public: 'cluster.azurecr.io',
  'us-government': 'cluster.azurecr.us',
  china: 'cluster.azurecr.cn',
};

/** The kubeconfig that Azure gives a user of the cluster (Microsoft.ContainerService, ListClusterUserCredentials). */
export async function aksKubeconfig(access: AksAccess, aks: Aks): Promise<string> {
  const azure = azureFor(access, aks, undefined);
  const { value: token } = await managementToken(azure, access.registry.azure?.token, aks.cluster);
  const url = new URL(`${azure.cloud.management}${resourceOf(aks)}/listClusterUserCredential`);
  url.searchParams.set('api-version', apiVersion);
  const headers = { accept: 'application/json', authorization: `Bearer ${token}`, 'content-length': '0' };
  const answer = await azure.transport.send(
    { method: 'POST', url, headers, kind: 'write', subject: aks.cluster },
    limit,
  );
  if (answer.status !== 200) throw refused(aks, answer.status);
  const { kubeconfigs } = jsonFields(answer.bytes);
  const [first]: readonly { readonly value?: unknown }[] = Array.isArray(kubeconfigs) ? kubeconfigs : [];
  if (typeof first?.value === 'string') return Buffer.from(first.value, 'base64').toString('utf8');
  throw fail('malformed', aks.cluster, 'Azure answered without a kubeconfig');
}

/** A token for the API server of a cluster with Entra sign-in, in place of a plugin that would ask a person. */
export async function aksToken(access: AksAccess, aks: Aks): Promise<string> {
  const { value } = await managementToken(azureFor(access, aks, aksServer), undefined, aks.cluster);
  return value;
}

function azureFor({ world, registry, secret }: AksAccess, aks: Aks, audience: string | undefined): Azure {
  const cloud = azureCloudOf(domains[aks.cloud]);
  if (cloud === undefined) throw fail('internal', aks.cluster, `has no cloud ${aks.cloud}`);
  const deadline = world.now().getTime() + registry.deadline;
  const userAgent = `base-image-refresh/${version}`;
  return {
    world: asGiven(world, registry.azure),
    transport: createTransport(world, { concurrency: registry.concurrency, deadline, userAgent }),
    // Whoever asks for a token by a secret asks for the management of a cloud: here the API server stands in for it.
    cloud: audience === undefined ? cloud : standIn(cloud, audience),
    resource: audience ?? cloud.management,
    secret,
  };
}

function standIn(cloud: AzureCloud, audience: string): AzureCloud {
  return { ...cloud, management: audience };
}

function resourceOf({ subscription, resourceGroup, cluster }: Aks): string {
  const [id, group, name] = [subscription, resourceGroup, cluster].map(encodeURIComponent);
  return `/subscriptions/${id}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`;
}

function refused(aks: Aks, status: number) {
  const code =
    status === 401 ? 'unauthorised' : status === 403 ? 'forbidden' : status === 404 ? 'not-found' : 'refused';
  const remedy =
    status === 404
      ? 'check subscription, resource-group and cluster'
      : 'give the identity of the job the role Azure Kubernetes Service Cluster User on the cluster';
  return fail(code, aks.cluster, `Azure answered ${status} to the request for its credentials`, remedy, {
    retryable: status >= 500,
  });
}
