import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistryOptions } from '../../testing/registry.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';

/** A registry with `library/debian:12`, and `acme/web:1` built on an older one. */
export async function startShop(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  const old = makeImage({ layers: [await makeLayer({ 'etc/debian_version': '12.1\n' })] });
  const current = makeImage({ layers: [await makeLayer({ 'etc/debian_version': '12.2\n' })] });
  const annotations = {
    'org.opencontainers.image.base.name': 'docker.io/library/debian:12',
    'org.opencontainers.image.base.digest': old.descriptor.digest,
  };
  const web = makeImage({ base: old, layers: [await makeLayer({ 'app/run': 'web\n' })], annotations });
  await pushImage(registry.store, 'library/debian', current, '12');
  await pushImage(registry.store, 'acme/web', web, '1');
  registry.forgetRequests();
  return registry;
}
