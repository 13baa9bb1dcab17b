import { parseReference } from '../oci/reference.ts';
import { parsePurl } from '../scan/purl.ts';
import type { ReportedImage } from './report.ts';

/**
 * The package URL of an image by its digest. It names no registry, since Trivy and Grype disagree on what of the address
 * `repository_url` is; the digest says enough.
 */
export function imageUrl({ image, name }: ReportedImage, digest: string): string {
  const { repository } = parseReference(image ?? name);
  const last = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase();
  return `pkg:oci/${encodeURIComponent(last)}@${encodeURIComponent(digest)}`;
}

/** A package URL without qualifiers and subpath, which scanners spell differently; undefined where it is not one. */
export function plainUrl(purl: string | undefined): string | undefined {
  return purl === undefined || parsePurl(purl) === undefined ? undefined : purl.replace(/[?#].*$/s, '');
}
