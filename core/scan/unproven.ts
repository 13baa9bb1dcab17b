import { asDigest, type Digest } from '../oci/digest.ts';
import { type ReportOf, unusable } from './document.ts';
import type { Unproven } from './proof.ts';
import type { ScanTarget } from './scanner.ts';

/** What a report says of the image that it is of. */
export interface Stated {
  /** Digests of a manifest, or names that end with one. */
  readonly digests: readonly string[];
  /** Digest of the image's configuration, by which Docker knows it. */
  readonly imageId?: string | undefined;
  /** Names of the image, with or without a digest. */
  readonly names?: readonly string[];
}

/**
 * Holds what a report says of its image against the one that was to be scanned: nothing where it is that one, what is
 * missing where it does not say enough; throws `scan-failed` where it is of another.
 */
export function unprovenImage(stated: Stated, target: ScanTarget, of: ReportOf): readonly Unproven[] {
  const { imageId, names = [] } = stated;
  const wanted = target.reference.digest;
  const isWanted = (name: string) => name.slice(name.lastIndexOf('@') + 1).toLowerCase() === wanted;
  const id = idOf(imageId ?? '');
  if (id !== undefined && (id === target.imageId || id === wanted)) return [];
  const named = names.filter((name) => /@|^sha256:/.test(name));
  // What the tool was asked for is one image; that may have digests in several repositories.
  const isListed = stated.digests.length === 0 || stated.digests.some(isWanted);
  const other = named.find((name) => !isWanted(name)) ?? (isListed ? undefined : stated.digests[0]);
  if (other !== undefined) throw unusable(of, `is of ${other}`);
  if (named.length > 0 || stated.digests.length > 0) return [];
  if (imageId !== undefined && target.imageId !== undefined) throw unusable(of, `is of ${imageId}`);
  const said = names[0] === undefined ? 'names no image' : `names ${names[0]} without a digest`;
  return [{ proof: 'image', detail: `${of.tool}'s report ${said}, so it may be of another image` }];
}

/** The id of an image's configuration; Docker leaves the algorithm out where it shows one. */
export function idOf(text: string): Digest | undefined {
  const lower = text.toLowerCase();
  return asDigest(lower.includes(':') ? lower : `sha256:${lower}`);
}

/** That a report may have been made without looking for vulnerabilities. */
export function unsearched({ tool }: ReportOf, fact: string): Unproven {
  return { proof: 'search', detail: `${tool}'s report ${fact}, so it is no scan for vulnerabilities` };
}
