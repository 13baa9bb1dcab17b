import type { PackageURL } from 'packageurl-js';
import type { Reference } from '../../oci/reference.ts';
import type { Finding } from '../../scan/finding.ts';
import { namesPackage, parsePurl } from '../../scan/purl.ts';
import { type CpeDistribution, distributionOfCpe, isOfDistribution } from './cpe.ts';
import { isImagePurl, isNameOf, namesImage } from './image.ts';
import type { VexIdentity } from './statement.ts';

/** Where in an image a statement applies: in all of it, or in a package, which other packages or a distribution hold. */
export interface VexPlace {
  readonly architecture?: string;
  readonly distributions: readonly CpeDistribution[];
  /** Packages that hold the one meant, each by any of its package URLs. */
  readonly holders: readonly (readonly PackageURL[])[];
  /** Package URLs of the package, each of which is enough; absent for the whole image. */
  readonly packages?: readonly PackageURL[];
}

/** `elsewhere` is about other images; `unclear` names something in a way that cannot be compared. */
export type Placed = VexPlace | 'elsewhere' | 'unclear';

/**
 * The place that a chain of products means in an image that is known by these references. With `wide`, what is not
 * identified in it is left out, as for a statement that takes others back.
 */
export function placeInImage(chain: readonly VexIdentity[], image: readonly Reference[], wide: boolean): Placed {
  const read = chain.map((identity) => ({ identity, purls: identity.purls.flatMap((text) => parsePurl(text) ?? []) }));
  // An image is the same whatever product it is a part of.
  const at = read.findLastIndex(({ identity, purls }) => isOfImage(identity, purls));
  const whole = read[at];
  const place = whole === undefined ? nowhere : imagePlace(whole.identity, whole.purls, image);
  if (place === undefined) return 'elsewhere';
  const inner = read.slice(at + 1);
  const identified = inner.filter(({ identity, purls }) => purls.length > 0 || identity.cpe !== undefined);
  if (identified.length < inner.length && !wide) return 'unclear';
  const distributions = identified.flatMap(({ identity, purls }) =>
    purls.length > 0 ? [] : [distributionOfCpe(String(identity.cpe))],
  );
  const known = distributions.filter((one) => one !== undefined);
  if (known.length < distributions.length) return 'elsewhere';
  const named = identified.flatMap(({ purls }) => (purls.length === 0 ? [] : [purls]));
  // A distribution as the last is all of its packages: no statement is meant for so many.
  const packages = inner.at(-1)?.identity.cpe !== undefined && !wide ? undefined : named.at(-1);
  if (packages === undefined) return inner.length === 0 || wide ? { ...place, distributions: known } : 'unclear';
  return { ...place, distributions: known, holders: named.slice(0, -1), packages };
}

const nowhere: VexPlace = { distributions: [], holders: [] };

function isOfImage({ digests, reference }: VexIdentity, purls: readonly PackageURL[]): boolean {
  return purls.length > 0 ? purls.some(isImagePurl) : digests.length > 0 || reference !== undefined;
}

// What is said by digest as well must not be of another one.
function imagePlace(
  { digests, reference }: VexIdentity,
  purls: readonly PackageURL[],
  image: readonly Reference[],
): VexPlace | undefined {
  const hasDigest = image.some(({ digest }) => digest !== undefined && digests.includes(digest));
  if (purls.length === 0) {
    const isNamed = reference !== undefined && image.some((one) => isNameOf(reference, one));
    return (digests.length === 0 || hasDigest) && (reference === undefined || isNamed) ? nowhere : undefined;
  }
  if (digests.length > 0 && !hasDigest) return undefined;
  const named = purls.find((purl) => isImagePurl(purl) && image.some((one) => namesImage(purl, one)));
  if (named === undefined) return undefined;
  const architecture = named.qualifiers?.arch;
  return architecture === undefined ? nowhere : { ...nowhere, architecture };
}

/**
 * Whether a finding is in the place that a statement is about. What cannot be seen of it, such as a package URL that it
 * has not, fits where `wide`, as for a statement that takes others back.
 */
export function fitsPlace(place: VexPlace, { package: { purl, within }, platforms }: Finding, wide: boolean): boolean {
  const { architecture, distributions, holders, packages } = place;
  const isFor = (platform: string) => platform.split('/')[1] === architecture;
  if (architecture !== undefined && !(wide ? platforms.some(isFor) : platforms.every(isFor))) return false;
  if (packages === undefined && distributions.length === 0) return true;
  const found = purl === undefined ? undefined : parsePurl(purl);
  if (found === undefined) return wide;
  if (packages !== undefined && !packages.some((one) => namesPackage(one, found))) return false;
  if (!distributions.every((one) => isOfDistribution(found, one))) return false;
  if (holders.length === 0) return true;
  if (within === undefined) return wide;
  const around = within.flatMap((text) => parsePurl(text) ?? []);
  return holders.every((holder) => holder.some((one) => around.some((held) => namesPackage(one, held))));
}
