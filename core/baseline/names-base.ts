import type { BaseImage } from '../dockerfile/base-image.ts';
import { asReference, type Reference } from '../oci/reference.ts';

/** Whether a recorded base name means this base; a record without a name can only mean the runtime base. */
export function namesBase(name: string | undefined, base: BaseImage): boolean {
  if (name === undefined) return base.runtime;
  const recorded = asReference(name);
  return recorded !== undefined && sameName(recorded, base.reference);
}

/** Whether two references name the same tag, or the same repository where one is held by digest alone. */
export function sameName(a: Reference, b: Reference): boolean {
  if (a.registry !== b.registry || a.repository !== b.repository) return false;
  return a.tag === undefined || b.tag === undefined || a.tag === b.tag;
}
