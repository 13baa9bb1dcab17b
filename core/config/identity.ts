import type { Host } from '../ports.ts';
import type { Settings } from './merged-settings.ts';
import type { Config } from './model.ts';

type Identity = Pick<Config['registry'], 'githubToken' | 'azure'>;

/** What inputs say of the identity that the job's own platform gives it; tokens are masked by the host first. */
export function readIdentity(host: Host, settings: Settings): Identity {
  const text = (name: string) => settings.text(name)?.text;
  const secret = (name: string) => {
    const value = text(name);
    if (value !== undefined) host.secret(value);
    return value;
  };
  const githubToken = secret('github-token');
  const azure = {
    ...given('clientId', text('azure-client-id')),
    ...given('tenantId', text('azure-tenant-id')),
    ...given('serviceConnection', text('azure-service-connection')),
    ...given('token', secret('azure-token')),
  };
  return { ...given('githubToken', githubToken), ...(Object.keys(azure).length === 0 ? {} : { azure }) };
}

function given<K extends string>(key: K, value: string | undefined): { readonly [name in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [name in K]?: string };
}
