import { platformsOf, readPublished } from '../baseline/published.ts';
import { attempt, type Failure } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { platformVariants, type Variant } from './dockerfile/readings.ts';
import type { EditableRepository, Source } from './repository.ts';

/** What the published image of a build says of its platforms, by the build's name. */
export type PublishedPlatforms = ReadonlyMap<string, Published>;

type Published =
  | { readonly kind: 'known'; readonly platforms: readonly Platform[] }
  | { readonly kind: 'unknown'; readonly failure: Failure };

/** Asks the published images of builds for their platforms, where nothing in the repository states them. */
export async function readPublishedPlatforms(
  registry: Registry,
  repository: EditableRepository,
): Promise<PublishedPlatforms> {
  const unstated = [...repository.sources.values()].flatMap((source) =>
    source.kind === 'dockerfile' ? source.variants.filter(({ isStated }) => !isStated) : [],
  );
  const asked = unstated.map(async ({ build }): Promise<readonly (readonly [string, Published])[]> => {
    const [release] = build.releases;
    if (release === undefined) return [];
    const read = await attempt(formatReference(release), async () => {
      const published = await readPublished(registry, release);
      return published === undefined ? [] : platformsOf(registry, published);
    });
    if (read.kind === 'failed') return [[build.name, { kind: 'unknown', failure: read.failure }]];
    return read.value.length === 0 ? [] : [[build.name, { kind: 'known', platforms: read.value }]];
  });
  return new Map((await Promise.all(asked)).flat());
}

/** The repository with the platforms of published images where it states none. */
export function withPublishedPlatforms(
  repository: EditableRepository,
  published: PublishedPlatforms,
): EditableRepository {
  const widened = (variant: Variant): readonly Variant[] => {
    const found = variant.isStated ? undefined : published.get(variant.build.name);
    if (found === undefined) return [variant];
    if (found.kind === 'unknown') return [{ ...variant, unknown: found.failure }];
    return platformVariants({ ...variant.build, platforms: found.platforms }, repository.host);
  };
  const sources = [...repository.sources].map(([path, source]): readonly [string, Source] => [
    path,
    source.kind === 'dockerfile' ? { ...source, variants: source.variants.flatMap(widened) } : source,
  ]);
  return { ...repository, sources: new Map(sources) };
}
