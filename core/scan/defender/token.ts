import { type FailureError, fail } from '../../failure.ts';
import { type Azure, type EntraToken, findEntraToken } from '../../registry/auth/entra.ts';
import { formAnswer, textField } from '../../registry/auth/token-form.ts';

/** A token for Azure Resource Manager: the one that is given, the service principal's, else as for the registry. */
export async function managementToken(
  azure: Azure,
  given: string | undefined,
  subject = 'Azure Resource Graph',
): Promise<EntraToken> {
  if (given !== undefined) {
    azure.secret(given);
    return { value: given, source: 'azure-token' };
  }
  const found = (await byServicePrincipal(azure)) ?? (await findEntraToken(azure));
  if (found === undefined) throw noIdentity(subject);
  azure.secret(found.value);
  return found;
}

async function byServicePrincipal({ world, transport, cloud }: Azure): Promise<EntraToken | undefined> {
  const { AZURE_CLIENT_ID: id, AZURE_CLIENT_SECRET: secret, AZURE_TENANT_ID: tenant } = world.env;
  if (!id || !secret || !tenant) return undefined;
  const url = new URL(`${cloud.login}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`);
  const answer = await formAnswer(transport, url, cloud.login, {
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
    scope: `${cloud.management}/.default`,
  });
  if (answer.status !== 200) {
    const remedy = 'check AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_TENANT_ID';
    throw fail('unauthorised', cloud.login, `Entra ID answered ${answer.status}`, remedy);
  }
  return { value: textField(answer.bytes, 'access_token', cloud.login), source: 'AZURE_CLIENT_SECRET' };
}

function noIdentity(subject: string): FailureError {
  return fail(
    'unauthorised',
    subject,
    'needs an identity of Azure, and there is none',
    'sign in with azure/login or a service connection, or give azure-token',
  );
}
