import type { Site } from './site.ts';

interface RawDescriptor {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RawManifest {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests?: readonly RawDescriptor[];
  readonly layers?: readonly RawDescriptor[];
}

/** What stands in the registry under a digest, read with crane and not with the tool under test. */
export interface Published {
  readonly annotations: Readonly<Record<string, string>>;
  /** The SLSA statement of its one platform, as BuildKit wrote it. */
  readonly provenance: string;
  /** Digests of the images that the statement names as materials. */
  readonly materials: readonly string[];
}

/** Reads an image's annotations and provenance. */
export async function readPublished(site: Site, repository: string, digest: string): Promise<Published> {
  const read = async (which: string): Promise<RawManifest> =>
    JSON.parse(await site.crane('manifest', `${repository}@${which}`));
  const index = await read(digest);
  const attestation = index.manifests?.find(
    ({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
  );
  if (attestation === undefined) throw new Error(`${repository}@${digest} has no attestation`);
  const statement = (await read(attestation.digest)).layers?.[0];
  if (statement === undefined) throw new Error(`${repository}@${attestation.digest} has no statement`);
  const provenance = await site.crane('blob', `${repository}@${statement.digest}`);
  const { predicate } = JSON.parse(provenance);
  const materials: readonly { readonly uri: string; readonly digest: { readonly sha256: string } }[] =
    predicate.materials ?? predicate.buildDefinition.resolvedDependencies;
  return {
    annotations: index.annotations ?? {},
    provenance,
    materials: materials
      .filter(({ uri }) => uri.startsWith('pkg:docker/'))
      .map((material) => `sha256:${material.digest.sha256}`),
  };
}
