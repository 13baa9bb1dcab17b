import { posix } from 'node:path';
import type { World } from '../ports.ts';
import type { Credential } from '../registry/auth/credential.ts';

/** What a scanner process may know of the machine: how to reach the network, and nothing else. */
const passedOn = [
  'PATH',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Windows programs do not start, or do not resolve names, without it.
  'SystemRoot',
] as const;

/** A private folder for one run of a tool, with the environment that keeps the tool inside it. */
export interface ToolSpace {
  /** Empty working folder: tools obey settings and ignore files that they find where they start. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Path of a file in the private folder. */
  file(name: string): string;
}

/** Runs work in a private folder whose Docker configuration holds the credentials of these registries alone. */
export async function inToolSpace<T>(
  world: World,
  name: string,
  credentials: Readonly<Record<string, Credential>>,
  work: (space: ToolSpace) => Promise<T>,
): Promise<T> {
  const root = await world.files.temporaryDirectory(name);
  try {
    return await work(await createToolSpace(world, root, credentials));
  } finally {
    await world.files.remove(root);
  }
}

async function createToolSpace(
  world: World,
  root: string,
  credentials: Readonly<Record<string, Credential>>,
): Promise<ToolSpace> {
  const home = posix.join(root, 'home');
  const cwd = posix.join(root, 'work');
  const temporary = posix.join(root, 'tmp');
  await Promise.all([home, cwd, temporary].map((folder) => world.files.makeDirectory(folder)));
  await world.files.write(posix.join(home, 'config.json'), dockerConfig(credentials));
  const known = passedOn.flatMap((key) => {
    const value = world.env[key];
    return value === undefined ? [] : [[key, value]];
  });
  return {
    cwd,
    env: {
      ...Object.fromEntries(known),
      HOME: home,
      USERPROFILE: home,
      DOCKER_CONFIG: home,
      TMPDIR: temporary,
      TMP: temporary,
      TEMP: temporary,
    },
    file: (file) => posix.join(root, file),
  };
}

// The form that `docker login` writes; Docker Hub has a key of its own there.
function dockerConfig(credentials: Readonly<Record<string, Credential>>): string {
  const auths = Object.entries(credentials).flatMap(([host, credential]) => {
    const entry = dockerEntry(credential);
    return entry === undefined ? [] : [[host === 'docker.io' ? 'https://index.docker.io/v1/' : host, entry]];
  });
  return JSON.stringify({ auths: Object.fromEntries(auths) });
}

function dockerEntry(credential: Credential): Readonly<Record<string, string>> | undefined {
  switch (credential.kind) {
    case 'anonymous':
      return undefined;
    case 'basic': {
      const pair = `${credential.username}:${credential.password}`;
      return { auth: Buffer.from(pair, 'utf8').toString('base64') };
    }
    case 'identity':
      return { identitytoken: credential.token };
    case 'bearer':
      return { registrytoken: credential.token };
  }
}
