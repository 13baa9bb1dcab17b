import type { Build } from '../../core/discover/build.ts';
import type { BaseImage } from '../../core/dockerfile/base-image.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { parseReference, type Reference, withDigest } from '../../core/oci/reference.ts';
import { candidateAnnotations } from '../../core/rebuild/candidate.ts';
import type { BuildOrder, Pin } from '../../core/rebuild/engine.ts';
import { given } from '../../core/table.ts';

/** A base as a Dockerfile names it: the runtime base of its only stage unless said otherwise. */
export function baseOf(expanded: string, parts: Partial<BaseImage> = {}): BaseImage {
  return {
    reference: parseReference(expanded),
    raw: expanded,
    expanded,
    via: 'from',
    line: 1,
    stage: 0,
    reachable: true,
    runtime: true,
    platform: null,
    ...parts,
  };
}

/** A base held at a digest, pulled from where it is published. */
export function pinOf(base: BaseImage, digest: Digest, from?: Digest): Pin {
  const source = withDigest(base.reference, digest);
  return { base, digest, source, ...(from === undefined ? {} : { from }) };
}

/** Parts of a build; one whose Dockerfile is undefined is of an image that no Dockerfile here builds. */
type Parts = Omit<Partial<Build>, 'dockerfile'> & { readonly dockerfile?: string | undefined };

/** A build of one Dockerfile at the top of the repository. */
export function buildOf(parts: Parts = {}): Build {
  const { dockerfile, ...others } = { dockerfile: 'Dockerfile', ...parts };
  return {
    name: 'web',
    ...given('dockerfile', dockerfile),
    context: '.',
    args: {},
    contexts: {},
    platforms: [],
    releases: [],
    provenance: {},
    ...others,
  };
}

/** An order to build the image of a repository under the tag `candidate`. */
export function orderOf(
  repository: Reference,
  pins: readonly Pin[],
  parts: Partial<Omit<BuildOrder, 'build'>> & { readonly build?: Parts } = {},
): BuildOrder {
  const { build, ...rest } = parts;
  const { registry, repository: name } = repository;
  return {
    root: '/nonexistent',
    pins,
    candidate: { registry, repository: name, tag: 'candidate' },
    annotations: candidateAnnotations(pins),
    ...rest,
    build: buildOf(build),
  };
}

/** A digest that is nobody's. */
export function digestNo(number: number): Digest {
  return `sha256:${number.toString(16).padStart(64, '0')}` as Digest;
}
