import type { Config } from '../../core/config/model.ts';
import { type FailureCode, FailureError } from '../../core/failure.ts';
import { type Descriptor, mediaTypes } from '../../core/oci/manifest.ts';
import { type Reference, withTag } from '../../core/oci/reference.ts';
import type { HttpRequest, World } from '../../core/ports.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { startRegistry, type TestRegistry, type TestRegistryOptions } from '../../testing/registry.ts';

export interface Harness {
  readonly registry: Registry;
  readonly world: World;
  /** Milliseconds of every pause that was asked for; none was taken. */
  readonly sleeps: number[];
  readonly secrets: string[];
  readonly warnings: string[];
  /** Every request as it left the client, before it was routed. */
  readonly sent: HttpRequest[];
}

export interface HarnessOptions {
  /** Origins that are reached elsewhere: `https://registry-1.docker.io` at a test registry. */
  readonly routes?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly world?: Partial<World>;
}

const open: { close(): Promise<void> }[] = [];

/** A client over real HTTP whose pauses pass at once, with an environment of its own. */
export function createHarness(settings: Partial<Config['registry']> = {}, options: HarnessOptions = {}): Harness {
  const real = createWorld();
  open.push(real);
  const sleeps: number[] = [];
  const secrets: string[] = [];
  const warnings: string[] = [];
  const sent: HttpRequest[] = [];
  let slept = 0;
  const world: World = {
    ...real,
    http: (request) => {
      sent.push(request);
      const { origin } = new URL(request.url);
      return real.http({ ...request, url: request.url.replace(origin, options.routes?.[origin] ?? origin) });
    },
    env: { HOME: '/nonexistent', PATH: process.env.PATH, ...options.env },
    // Time that is slept through passes, but nobody waits for it.
    now: () => new Date(Date.now() + slept),
    sleep: async (milliseconds) => {
      if (milliseconds > 0) sleeps.push(milliseconds);
      slept += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
    ...options.world,
  };
  const config: Config['registry'] = {
    credentials: {},
    mirrors: {},
    insecureHosts: [],
    concurrency: 16,
    deadline: 7_200_000,
    ...settings,
  };
  const registry = createRegistry(world, config, {
    secret: (value) => secrets.push(value),
    warn: (line) => warnings.push(line),
  });
  return { registry, world, sleeps, secrets, warnings, sent };
}

/** Ends the connections of every harness that was made. */
export async function closeHarnesses(): Promise<void> {
  for (const world of open.splice(0)) await world.close();
}

/** Puts a small real image under a tag. */
export function putImage(
  server: TestRegistry,
  repository: string,
  tag: string,
  layer = `layer of ${repository}:${tag}`,
): Descriptor {
  const content = server.store.putBlob(repository, layer, 'application/vnd.oci.image.layer.v1.tar');
  const config = server.store.putBlob(
    repository,
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { maintainer: repository } },
      rootfs: { type: 'layers', diff_ids: [content.digest] },
      history: [{ created_by: 'COPY layer /' }],
    }),
    mediaTypes.ociConfig,
  );
  return server.store.putManifest(
    repository,
    { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [content] },
    { tag },
  );
}

/** A reference to a repository of the test registry. */
export function at(server: TestRegistry, repository: string, tag = 'latest'): Reference & { readonly tag: string } {
  return withTag({ registry: server.host, repository }, tag);
}

/** The failure that a promise ends in. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ readonly code: FailureCode; readonly message: string }> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof FailureError) return { code: thrown.failure.code, message: thrown.message };
    throw thrown;
  }
  throw new Error('nothing failed');
}

const servers: TestRegistry[] = [];

/** Starts a test registry that ends with `closeAll`. */
export async function start(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const server = await startRegistry(options);
  servers.push(server);
  return server;
}

/** Ends every registry and every connection of a test. */
export async function closeAll(): Promise<void> {
  await closeHarnesses();
  for (const server of servers.splice(0)) await server.close();
}
