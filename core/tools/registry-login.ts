import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { createCredentials, type FindCredential } from '../registry/auth/credentials.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { createTransport } from '../registry/transport/transport.ts';

/** Finds, as the registry client does, the credentials that a scanner is handed for a registry. */
export function scannerCredentials(
  world: World,
  config: RegistrySettings,
  secret: (value: string) => void,
): FindCredential {
  const transport = createTransport(world, {
    concurrency: config.concurrency,
    deadline: world.now().getTime() + config.deadline,
    userAgent: `base-image-refresh/${version}`,
  });
  return createCredentials(world, config, secret, transport);
}
