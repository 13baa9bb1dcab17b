import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import type { Reference } from '../oci/reference.ts';
import type { Host, World } from '../ports.ts';
import { prefixOf, recordOfPairs, registryHostOf } from '../settings/domain-values.ts';
import { inputLabel } from '../settings/input.ts';
import type { InputName, Settings } from '../settings/settings.ts';
import { complain, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import type { registryInputs } from './inputs.ts';
import type { RegistryCredential, RegistrySettings } from './settings.ts';

/** The credentials that inputs give, by registry host; every password is masked by the host first. */
function readCredentials(
  host: Host,
  settings: Settings<typeof registryInputs>,
  images: readonly Reference[],
): Readonly<Record<string, RegistryCredential>> {
  const found: Record<string, RegistryCredential> = {};
  for (const [index, line] of settings.texts('registry-credentials').entries()) {
    // The line itself is a secret and never part of a message.
    const [, name = '', username = '', password = ''] = /^([^=\s]+)=([^:]+):(.+)$/.exec(line.text) ?? [];
    if (password === '') throw complain(line, `line ${index + 1} is not understood`, 'write HOST=USER:PASSWORD');
    host.secret(password);
    found[registryHostOf({ ...line, text: name })] = { username, password };
  }
  const single = readSingle(host, settings, images);
  return single === undefined ? found : { ...found, [single.registry]: single.credential };
}

function readSingle(host: Host, settings: Settings<typeof registryInputs>, images: readonly Reference[]) {
  const username = settings.text('registry-username');
  const password = settings.text('registry-password');
  if (password !== undefined) host.secret(password.text);
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'registry-username' : 'registry-password';
    const given = username ?? password;
    throw complain(given ?? { where: missing }, `is given without ${missing}`, howToGive(host, missing));
  }
  const named = settings.text('registry');
  if (named !== undefined) return { registry: registryHostOf(named), credential: credential(username, password) };
  const hosts = [...new Set(images.map(({ registry }) => registry))];
  const [only] = hosts;
  if (only !== undefined && hosts.length === 1) return { registry: only, credential: credential(username, password) };
  throw complain(username, 'does not say for which registry it is', `give ${inputLabel(host.kind, 'registry')} too`);
}

function credential(username: { readonly text: string }, password: { readonly text: string }): RegistryCredential {
  return { username: username.text, password: password.text };
}

function howToGive(host: Host, name: string): string {
  if (host.kind !== 'cli' || name !== 'registry-password') return `give ${inputLabel(host.kind, name)} too`;
  return 'set BASE_IMAGE_REFRESH_REGISTRY_PASSWORD or use --registry-password-stdin';
}

/** What else of a run the way to registries depends on. */
export interface RegistryUse {
  /** What is published: credentials without a registry are for its only one. */
  readonly images: readonly Reference[];
  /** Where the run leaves its files. */
  readonly outputDirectory: string;
}

/** How registries are reached. */
export async function readRegistrySettings(
  host: Host,
  settings: Settings<typeof registryInputs>,
  world: World,
  { images, outputDirectory }: RegistryUse,
): Promise<RegistrySettings> {
  const authorities = settings.text('ca-file');
  return {
    credentials: readCredentials(host, settings, images),
    ...readIdentity(host, settings),
    mirrors: recordOfPairs(settings.pairs('mirror'), prefixOf),
    mirrorFallback: settings.boolean('mirror-fallback'),
    insecureHosts: settings.texts('insecure-registry').map(registryHostOf),
    ...allowedRealms(settings),
    ...(authorities === undefined ? {} : { authorities: await readAuthorities(world, authorities) }),
    ...(settings.boolean('registry-cache') ? { cacheDirectory: resolve(outputDirectory, 'registry-cache') } : {}),
    concurrency: settings.number('registry-concurrency'),
    deadline: settings.duration('deadline'),
  };
}

function allowedRealms(settings: Settings<typeof registryInputs>): Pick<RegistrySettings, 'tokenRealms'> {
  const tokenRealms = settings.texts('allow-token-realm').map(registryHostOf);
  return tokenRealms.length === 0 ? {} : { tokenRealms };
}

type Identity = Pick<RegistrySettings, 'githubToken' | 'azure'>;
/** What inputs say of the identity that the job's own platform gives it; tokens are masked by the host first. */
function readIdentity(host: Host, settings: Settings<typeof registryInputs>): Identity {
  const text = (name: InputName<typeof registryInputs>) => settings.text(name)?.text;
  const secret = (name: InputName<typeof registryInputs>) => {
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

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** The certificates (PEM) in the file that ca-file names; throws where it has none, or one that cannot be read. */
async function readAuthorities(world: World, path: Text): Promise<string> {
  const file = resolve(world.cwd, path.text);
  if ((await world.files.stat(file)).kind !== 'file')
    throw complain(path, `cannot be ${path.text}: there is no such file`, 'give a file of certificates in PEM');
  const certificates = (await world.files.readText(file)).match(block) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw complain(
      path,
      `cannot be ${path.text}: it is not a list of certificates`,
      'give a file of certificates in PEM',
    );
  return `${certificates.join('\n')}\n`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}
