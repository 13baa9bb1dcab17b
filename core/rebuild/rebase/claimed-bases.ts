import type { Attested } from '../../baseline/attested.ts';
import { recordedBases } from '../../baseline/own-record.ts';
import { type PublishedImage, platformManifests } from '../../baseline/published.ts';
import { recordType } from '../../baseline/record.ts';
import type { Sources } from '../../baseline/sources.ts';
import { attempt } from '../../failure.ts';
import { field, parsed } from '../../json.ts';
import type { Digest } from '../../oci/digest.ts';
import { annotationKeys } from '../../oci/manifest.ts';
import { asReference, formatReference, type Reference, withDigest } from '../../oci/reference.ts';
import { allParts, configPlatform, partsFor } from './parts.ts';
import { whyNotOn } from './stands-on.ts';

/** A base that a record names, and the digest that was consumed of it. */
interface Claim {
  readonly reference: Reference;
  readonly digest: Digest;
}

export type ClaimSources = Pick<Sources, 'registry' | 'attested' | 'lock'>;

const mostClaims = 32;

/**
 * The base that records of an image name and that its layers bear out: own record, provenance, lock file. Where it stands
 * on several of them, one on top of the other, the uppermost; undefined where it stands on no one that is named by a tag.
 */
export async function claimedBase(sources: ClaimSources, image: PublishedImage): Promise<Reference | undefined> {
  const claims = await claimsOf(sources, image);
  const heights = await Promise.all(
    claims.map(async (claim) => ({ claim, height: await heightOf(sources, image, claim) })),
  );
  const [uppermost, ...others] = heights.filter(({ height }) => height > 0).sort((a, b) => b.height - a.height);
  if (uppermost === undefined) return undefined;
  const name = formatReference(uppermost.claim.reference);
  const rivals = others.filter(({ height }) => height === uppermost.height);
  return rivals.every(({ claim }) => formatReference(claim.reference) === name) ? uppermost.claim.reference : undefined;
}

async function claimsOf(sources: ClaimSources, image: PublishedImage): Promise<readonly Claim[]> {
  const name = formatReference(image.reference);
  const { digest } = image.manifest.descriptor;
  const entries = sources.lock.filter((one) => one.image === name && (one.digest ?? digest) === digest);
  const claims = [
    ...(await annotatedClaims(sources, image)),
    ...attestedClaims(await sources.attested(image)),
    ...entries.flatMap(({ bases }) => bases.flatMap(claimOf)),
  ];
  const distinct = new Map(claims.map((claim) => [`${formatReference(claim.reference)}@${claim.digest}`, claim]));
  return [...distinct.values()].slice(0, mostClaims);
}

async function annotatedClaims({ registry }: ClaimSources, image: PublishedImage): Promise<readonly Claim[]> {
  const below = image.manifest.document.kind === 'index' ? await platformManifests(registry, image) : [];
  const documents = [image.manifest.document, ...below.map(({ manifest }) => manifest.document)];
  return documents.flatMap(({ annotations }) =>
    recordedBases(parsed(annotations[annotationKeys.bases] ?? '')).flatMap(claimOf),
  );
}

// What anybody can put beside an image names no base to build on.
function attestedClaims({ voucher, statements, provenances }: Attested): readonly Claim[] {
  if (voucher === 'unverified') return [];
  const records = statements.filter((statement) => field(statement, 'predicateType') === recordType);
  return [
    ...records.flatMap((record) => recordedBases(field(field(record, 'predicate'), 'bases')).flatMap(claimOf)),
    ...provenances.flatMap(({ materials }) => materials.filter(({ reference }) => reference.tag !== undefined)),
  ];
}

function claimOf({ reference, digest }: { readonly reference: string; readonly digest: Digest }): readonly Claim[] {
  const named = asReference(reference);
  if (named?.tag === undefined) return [];
  const { digest: _, ...tag } = named;
  return [{ reference: tag, digest }];
}

/** How many layers of an image are those of a base; 0 where it does not stand on it, or the registry no longer has it. */
async function heightOf({ registry }: ClaimSources, image: PublishedImage, claim: Claim): Promise<number> {
  const base = withDigest(claim.reference, claim.digest);
  const read = await attempt(formatReference(base), async () => {
    if ((await whyNotOn(registry, image, base)) !== undefined) return 0;
    const [first] = await allParts(registry, image);
    const below = { reference: base, manifest: await registry.manifest(base) };
    const parts = first === undefined ? undefined : await partsFor(registry, below, configPlatform(first.config));
    return parts?.manifest.layers.length ?? 0;
  });
  return read.kind === 'done' ? read.value : 0;
}
