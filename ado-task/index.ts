import { join } from 'node:path';
import { inputsOf } from '../core/inputs.ts';
import type { Host, World } from '../core/ports.ts';
import { run } from '../core/run.ts';
import { withProgress } from '../core/text/progress.ts';
import { interruptible } from '../core/world/interrupt.ts';
import { ticker } from '../core/world/ticker.ts';
import { createWorld } from '../core/world.ts';
import { type Connected, ConnectionError, readConnections } from './connections.ts';
import { takeSecrets } from './secrets.ts';

async function main(): Promise<void> {
  const secrets = takeSecrets(process.env);
  const connected = connectionsOf(process.env);
  // task-lib reads and logs its environment when it is loaded, so it is loaded after the secrets are out of it.
  const { createAzureHost } = await import('./host.ts');
  if (connected instanceof ConnectionError) return refuse(createAzureHost(secrets), connected.message);
  const host = withProgress(createAzureHost(withLogins(secrets, connected)), ticker);
  for (const name of ['AZURE_CLIENT_SECRET', 'SYSTEM_ACCESSTOKEN']) host.secret(connected.env[name] ?? '');
  const world = createWorld();
  await run(
    host,
    interruptible(await connectedWorld(world, connected), (line) => {
      host.progress?.unfold();
      host.log('error', line);
    }),
  );
  await world.close();
}

function connectionsOf(env: NodeJS.ProcessEnv): Connected | ConnectionError {
  try {
    return readConnections(inputsOf('azure'), env);
  } catch (thrown) {
    if (thrown instanceof ConnectionError) return thrown;
    throw thrown;
  }
}

function refuse(host: Host, message: string): void {
  host.log('error', message);
  host.conclude('usage-error', message);
}

// Of two lines for one registry the last counts: what the inputs say themselves.
function withLogins(secrets: ReadonlyMap<string, string>, { credentials }: Connected): ReadonlyMap<string, string> {
  if (credentials.length === 0) return secrets;
  const own = secrets.get('registry-credentials') ?? '';
  return new Map([
    ...secrets,
    ['registry-credentials', [...credentials, own].filter((line) => line !== '').join('\n')],
  ]);
}

async function connectedWorld<W extends World>(world: W, { env, kubeconfig }: Connected): Promise<W> {
  if (kubeconfig === null) return { ...world, env: { ...world.env, ...env } };
  const path = join(await world.files.temporaryDirectory('kubernetes'), 'config');
  await world.files.write(path, kubeconfig, { mode: 0o600 });
  return { ...world, env: { ...world.env, ...env, KUBECONFIG: path } };
}

void main();
