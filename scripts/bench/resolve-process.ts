import { createCliHost } from '../../cli/host.ts';
import { loadConfig } from '../../core/config.ts';
import { discover } from '../../core/discover/discover.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { createRegistry } from '../../core/registry/client.ts';
import { createWorld } from '../../core/world.ts';

/** The resolving part of a run alone, as `check` does it: discovers the Dockerfiles of a folder and prints a digest for each base. */
async function main(path: string): Promise<void> {
  const world = createWorld();
  const inputs = new Map([
    ['command', 'check'],
    ['path', path],
  ]);
  const { env, stdout, stderr } = process;
  const config = await loadConfig(createCliHost(inputs, { env, stdout, stderr, now: world.now }), world);
  const { builds } = await discover(world, config);
  const bases = builds.flatMap(({ dockerfile }) => (dockerfile.kind === 'read' ? dockerfile.bases : []));
  const references = new Map(bases.map(({ reference }) => [formatReference(reference), reference]));
  const registry = createRegistry(world, config.registry, { secret: () => {} });
  registry.expect([...references.values()]);
  const lines = await Promise.all(
    [...references].map(async ([name, reference]) => `${name} ${(await registry.head(reference)).digest}`),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  await world.close();
}

void main(process.argv[2] ?? '.');
