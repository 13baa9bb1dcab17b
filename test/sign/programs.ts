import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SigningContext } from '../../core/sign/signer-space.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';

/** Secrets in the environment of the tests, by the programs that need them. */
export const secrets = {
  COSIGN_PASSWORD: 'cosign-secret',
  AZURE_CLIENT_SECRET: 'azure-secret',
  AWS_SECRET_ACCESS_KEY: 'aws-secret',
  GITHUB_TOKEN: 'github-secret',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'oidc-secret',
  VAULT_TOKEN: 'vault-secret',
  NOTATION_PASSWORD: 'notation-secret',
};

/** A folder on PATH with programs that write down how they were called, then do as a shell script says. */
export function tools(script: string) {
  const root = repository({});
  mkdirSync(join(root, 'bin'));
  const called = join(root, 'called');
  for (const name of ['cosign', 'notation']) {
    const file = join(root, 'bin', name);
    const record = `printf '%s\\n' "$0 $*" >> '${called}'; env >> '${called}.env'; cat "$DOCKER_CONFIG/config.json" >> '${called}.login'`;
    writeFileSync(file, `#!/bin/sh\n${record}\n${script}\n`);
    chmodSync(file, 0o755);
  }
  const real = createWorld({ cwd: root });
  const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, ...secrets };
  const context: SigningContext = {
    world: { ...real, env },
    config: {
      root,
      registry: {
        credentials: {
          'ghcr.io': { username: 'me', password: 'ghcr-secret' },
          'docker.io': { username: 'me', password: 'hub-secret' },
        },
        mirrors: {},
        mirrorFallback: false,
        insecureHosts: [],
        concurrency: 4,
        deadline: 60_000,
      },
    },
    log: () => {},
    secret: () => {},
  };
  const read = (suffix = '') => readFileSync(called + suffix, 'utf8');
  return { context, root, read };
}
