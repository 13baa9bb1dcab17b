import type { Attested } from '../baseline/attested.ts';
import { sameName } from '../baseline/names-base.ts';
import type { PublishedImage } from '../baseline/published.ts';
import { digestsIn, recordsOfBaseline } from '../baseline/record.ts';
import type { DetectedDockerfile } from '../discover/build.ts';
import type { UnknownBase } from '../dockerfile/base-image.ts';
import { attempt, type Failure, fail, isAbsent } from '../failure.ts';
import { shortDigest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference, withTag } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { CheckedBase } from './checked.ts';

type Read = Extract<DetectedDockerfile, { readonly kind: 'read' }>;

/** Why an image cannot be called current: it uses an image that nothing in the repository names. */
export function unknownBase(name: string, { path, unknown = [] }: Read): Failure | undefined {
  const base = unknown.find(({ reachable }) => reachable);
  if (base === undefined) return undefined;
  const { detail, remedy } = unknownBaseWords(base);
  return fail('base-unknown', name, `${path}:${base.line} ${detail}`, remedy).failure;
}

/** What a build takes whose name is not known, and how it becomes known. */
export function unknownBaseWords(base: UnknownBase): { readonly detail: string; readonly remedy: string } {
  return { detail: describe(base), remedy: remedyFor(base) };
}

function describe({ raw, context, argument }: UnknownBase): string {
  const shown = raw.slice(0, 200);
  if (argument !== undefined) return `takes ${shown}, which is given by the build argument ${argument.slice(0, 100)}`;
  if (context === undefined) return `is read by ${shown}, and what images that takes is not known`;
  return `takes ${shown} from ${context.slice(0, 200)}, and which image that is is not known`;
}

function remedyFor({ context, argument }: UnknownBase): string {
  if (argument !== undefined) return `give it with --build-arg ${argument.slice(0, 100)}=VALUE, or args under images:`;
  if (context === undefined) return 'name the images in a Dockerfile';
  const [, sibling] = /^(?:target|service):(.+)$/.exec(context) ?? [];
  if (sibling !== undefined) return `give ${sibling.slice(0, 100)} tags under which it is published`;
  return 'give the context as docker-image://REGISTRY/REPOSITORY:TAG';
}

/** What is asked of the images that the provenance of a published image names. */
export interface ProvenanceQuestion {
  readonly registry: Registry;
  readonly published: PublishedImage;
  readonly attested: Attested;
  readonly bases: readonly CheckedBase[];
  /** What its Dockerfile names, and those of the images of this repository below it. */
  readonly named: readonly Reference[];
}

/**
 * Why an image cannot be called current though each of its bases is: its own provenance names an image that its
 * Dockerfile does not, and that one has moved. Undefined where there is nothing of the kind.
 */
export async function unnamedMaterial(question: ProvenanceQuestion): Promise<Failure | undefined> {
  const { registry, published, attested, bases, named } = question;
  if (attested.voucher === 'unverified') return undefined;
  const recorded = bases.flatMap(({ baseline }) => (baseline.kind === 'recorded' ? recordsOfBaseline(baseline) : []));
  const explained = new Set(recorded.flatMap(digestsIn));
  const others = attested.provenances
    .flatMap(({ materials }) => materials)
    .filter(({ reference, digest }) => !explained.has(digest) && !named.some((known) => sameName(known, reference)))
    // Held by its digest it cannot move.
    .filter(({ reference }) => reference.tag !== undefined && !isOfBuilder(reference));
  const each = [...new Map(others.map((one) => [`${formatReference(one.reference)}@${one.digest}`, one])).values()];
  for (const { reference, digest } of each) {
    const tagged = reference.tag === undefined ? reference : withTag(reference, reference.tag);
    const head = await attempt(formatReference(tagged), () => registry.head(tagged));
    if (head.kind === 'done' && head.value.digest === digest) continue;
    const now =
      head.kind === 'done'
        ? `moved ${shortDigest(digest)} → ${shortDigest(head.value.digest)}`
        : isAbsent(head.failure)
          ? 'is gone'
          : `could not be read (${head.failure.detail})`;
    const detail = `its provenance names ${familiar(tagged)}, which its Dockerfile does not, and which ${now}`;
    const remedy = 'state the build arguments and contexts of the release build under images: or in a bake file';
    return fail('base-unknown', formatReference(published.reference), detail, remedy).failure;
  }
  return undefined;
}

// What reads Dockerfiles and writes SBOMs takes part in a build and leaves nothing in the image.
function isOfBuilder({ repository }: Reference): boolean {
  return /(?:^|\/)(?:dockerfile(?:-upstream)?|buildkit-syft-scanner)$/.test(repository);
}
