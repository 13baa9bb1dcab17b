import type { Descriptor } from '../../../core/oci/manifest.ts';
import { attest } from '../../../testing/attestation.ts';
import { type Image, makeIndex } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import type { TestRegistry } from '../../../testing/registry.ts';

/** A provenance statement as BuildKit writes it, SLSA v0.2 or v1, that names these images. */
export function statement(version: 'v0.2' | 'v1', materials: readonly string[]): object {
  const listed = materials.map((digest) => ({
    uri: `pkg:docker/debian?digest=${digest}&platform=linux%2Famd64`,
    digest: { sha256: digest.replace('sha256:', '') },
  }));
  const predicate = version === 'v1' ? { buildDefinition: { resolvedDependencies: listed } } : { materials: listed };
  return { predicateType: `https://slsa.dev/provenance/${version}`, predicate };
}

/** Pushes what buildx would: an index over images, each with an attestation where a statement is given. */
export async function pushAttested(
  server: TestRegistry,
  repository: string,
  tag: string,
  images: readonly { readonly image: Image; readonly statement?: object }[],
): Promise<Descriptor> {
  const others: Descriptor[] = [];
  for (const { image, statement: attested } of images) {
    if (attested !== undefined) others.push(attest(server.store, repository, image, attested));
  }
  return pushImage(
    server.store,
    repository,
    makeIndex(
      images.map(({ image }) => image),
      { others },
    ),
    tag,
  );
}
