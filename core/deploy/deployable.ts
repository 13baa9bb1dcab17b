import type { Digest } from '../oci/digest.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import type { PromotionRecord } from '../promote/record.ts';
import type { Promotion } from '../promote.ts';

const promoted: unique symbol = Symbol('promoted');

/** An image that a promotion of this tool released: all that can be rolled out, and made from nothing but promotions. */
export interface Deployable {
  readonly [promoted]: true;
  /** Its name in reports. */
  readonly image: string;
  /** Its name in the configuration, by which targets take it. */
  readonly name: string;
  readonly digest: Digest;
  readonly releases: readonly DeployableTag[];
}

/** A release tag that names the digest, and what it named before. */
export interface DeployableTag {
  readonly reference: Reference;
  /** Absent where it named nothing. */
  readonly previous?: Digest;
  /** Where it stays and another tag was made beside it: that one, which what runs it follows from now on. */
  readonly successor?: Reference;
}

/** What a promotion of this run, or a record of an earlier one, released. */
export function deployable(
  image: string,
  promotion: Promotion | PromotionRecord,
  name = image,
  replaced: readonly DeployableTag[] = [],
): Deployable {
  const releases = promotion.tags.map(({ reference, previous }) => ({
    reference: typeof reference === 'string' ? parseReference(reference) : reference,
    ...(previous === undefined ? {} : { previous }),
  }));
  return { [promoted]: true, image, name, digest: promotion.digest, releases: [...releases, ...replaced] };
}
