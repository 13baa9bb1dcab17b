import { inputLabel } from '../inputs.ts';
import type { Reference } from '../oci/reference.ts';
import type { Host } from '../ports.ts';
import { registryHostOf } from '../settings/domain-values.ts';
import { complain } from '../settings/value.ts';
import type { Settings } from './merged-settings.ts';
import type { RegistryCredential } from './model.ts';

/** The credentials that inputs give, by registry host; every password is masked by the host first. */
export function readCredentials(
  host: Host,
  settings: Settings,
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

function readSingle(host: Host, settings: Settings, images: readonly Reference[]) {
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
