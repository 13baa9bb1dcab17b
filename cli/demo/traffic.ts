import { type Manifest, mediaTypes } from '../../core/oci/manifest.ts';
import type { TestRegistry } from '../../testing/registry.ts';

/** How layers came to where they are. */
export interface LayerTraffic {
  readonly mounted: number;
  readonly uploaded: number;
}

/** What the registry itself has seen of layers, and not what the report says of them. */
export function layerTraffic({ requests, store }: TestRegistry): LayerTraffic {
  const layers = new Set(
    store
      .repositories()
      .flatMap((name) => store.manifests(name))
      .flatMap(layersIn),
  );
  const arrived = (parameter: string) =>
    requests.filter(({ path, query, status }) => {
      const digest = new URLSearchParams(query).get(parameter) ?? '';
      return path.includes('/blobs/uploads/') && status === 201 && layers.has(digest);
    }).length;
  return { mounted: arrived('mount'), uploaded: arrived('digest') };
}

function layersIn({ bytes }: { readonly bytes: Buffer }): readonly string[] {
  const { layers = [] } = JSON.parse(bytes.toString('utf8')) as Partial<Manifest>;
  // Attestations have layers too, of statements, and records an empty one.
  const others: readonly string[] = [mediaTypes.inToto, mediaTypes.ociEmpty];
  return layers.filter(({ mediaType }) => !others.includes(mediaType)).map(({ digest }) => digest);
}
