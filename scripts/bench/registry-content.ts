import { debianBase, debianLayer, debianPackages } from '../../testing/debian.ts';
import { type Image, type Layer, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { libraryLayer, pairLayer } from './library-layer.ts';

/** What a registry is to hold; answered with digests. */
export type Content =
  /** So many repositories `base/N`, each with one small image under the tag `1`. */
  | { readonly kind: 'bases'; readonly count: number }
  /** So many images `team/N:1`, each on `base/(N mod bases):1`, with the annotations of their bases. */
  | { readonly kind: 'images'; readonly count: number; readonly bases: number }
  /** `library/debian:v1` and `:v2` with so many MB of libraries each, and `team/web:1` with one layer of its own on v1. */
  | { readonly kind: 'rebase'; readonly megabytes: number };

/** Puts content into a registry's store. */
export async function fill(server: TestRegistry, content: Content): Promise<readonly string[]> {
  switch (content.kind) {
    case 'bases':
      return Promise.all(numbers(content.count).map((number) => putBase(server, number)));
    case 'images': {
      const bases = await Promise.all(numbers(content.bases).map(baseNo));
      return Promise.all(numbers(content.count).map((number) => putImage(server, number, bases)));
    }
    case 'rebase':
      return putPair(server, content.megabytes);
  }
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

async function baseNo(number: number): Promise<Image> {
  return makeImage({ layers: [await makeLayer({ 'etc/base': `base ${number}\n` })] });
}

async function putBase(server: TestRegistry, number: number): Promise<string> {
  const { digest } = await pushImage(server.store, `base/${number}`, await baseNo(number), '1');
  return digest;
}

async function putImage(server: TestRegistry, number: number, bases: readonly Image[]): Promise<string> {
  const at = number % bases.length;
  const base = bases[at];
  if (base === undefined) throw new Error('an image stands on a base');
  const annotations = {
    'org.opencontainers.image.base.name': `${server.host}/base/${at}:1`,
    'org.opencontainers.image.base.digest': base.descriptor.digest,
  };
  const app = makeImage({ base, layers: [await makeLayer({ 'app/number': String(number) })], annotations });
  const { digest } = await pushImage(server.store, `team/${number}`, app, '1');
  return digest;
}

async function putPair(server: TestRegistry, megabytes: number): Promise<readonly string[]> {
  const [v1, v2] = [await bigBase('v1', megabytes), await bigBase('v2', megabytes)];
  const app: Layer = await makeLayer({ 'app/': { directory: true }, 'app/server': 'server\n'.repeat(1000) });
  const base = { 'org.opencontainers.image.base.name': `${server.host}/library/debian:12` };
  const annotations = { ...base, 'org.opencontainers.image.base.digest': v1.descriptor.digest };
  await pushImage(server.store, 'library/debian', v1, 'v1');
  await pushImage(server.store, 'library/debian', v2, 'v2');
  await pushImage(server.store, 'library/debian', v2, '12');
  const { digest } = await pushImage(
    server.store,
    'team/web',
    makeImage({ base: v1, layers: [app], annotations }),
    '1',
  );
  return [v1.descriptor.digest, v2.descriptor.digest, digest];
}

async function bigBase(version: 'v1' | 'v2', megabytes: number): Promise<Image> {
  const { config } = (await debianBase(version)).config.document;
  const system = (await pairLayer(version)) ?? (await debianLayer(debianPackages[version]));
  const layers = [system, await libraryLayer(version, megabytes)];
  return makeImage({ layers, config });
}
