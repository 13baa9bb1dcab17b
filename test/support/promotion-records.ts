import type { Digest } from '../../core/oci/digest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import { type RegistryRecord, type StoredRecord, writeRegistryRecord } from '../../core/promote/registry-record.ts';
import { createRegistry } from '../../core/registry/client.ts';
import { createWorld } from '../../core/world.ts';
import type { TestRegistry } from '../../testing/registry.ts';

/** Has the registry say of a digest that a gate let it through and a run promoted it. */
export async function recordInRegistry(
  server: TestRegistry,
  repository: string,
  digest: string,
  more: Partial<RegistryRecord> = {},
): Promise<StoredRecord> {
  const world = createWorld();
  const config = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 4, deadline: 60_000 };
  const registry = createRegistry(world, config);
  const place = { registry: server.host, repository };
  const image = await registry.manifest(withDigest(place, digest as Digest));
  return writeRegistryRecord(registry, place, image, {
    at: '2026-11-01T00:00:00.000Z',
    image: 'web',
    digest: digest as Digest,
    gate: { verdict: 'pass', scanner: 'trivy 0.68.2' },
    tags: [],
    ...more,
  });
}
