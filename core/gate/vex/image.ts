import type { PackageURL } from 'packageurl-js';
import { parseReference, type Reference } from '../../oci/reference.ts';

/** Whether a package URL is of a container image (purl-spec, types oci and docker). */
export function isImagePurl({ type }: PackageURL): boolean {
  return type === 'oci' || type === 'docker';
}

/** Qualifiers that say which image is meant; one that is not known may narrow it in a way that cannot be seen. */
const knownQualifiers = ['repository_url', 'tag', 'arch'];

/**
 * Whether a package URL names an image: by its digest, or by its repository, and by the tag where it says one. A name
 * alone, as in `pkg:oci/web`, is that of every repository that ends so, and names none.
 */
export function namesImage(purl: PackageURL, { registry, repository, tag, digest }: Reference): boolean {
  const { name, version, qualifiers } = purl;
  const said = qualifiers ?? {};
  if (Object.keys(said).some((key) => !knownQualifiers.includes(key))) return false;
  if (version && version !== digest && version !== tag) return false;
  if (said.tag !== undefined && said.tag !== tag) return false;
  const isByDigest = digest !== undefined && version === digest;
  const whole = `${registry}/${repository}`;
  if (said.repository_url !== undefined) return repositoriesOf(purl, said.repository_url).includes(whole);
  if (purl.type === 'docker') return dockerHubName(purl) === whole || (isByDigest && repository.endsWith(name));
  return isByDigest && name.toLowerCase() === lastOf(repository);
}

// The URL is of the repository for Trivy and of the folder that it stands in for Grype; what already ends in the name is whole.
function repositoriesOf({ type, namespace, name }: PackageURL, url: string): readonly string[] {
  const given = url
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^(?:index\.|registry-1\.)?docker\.io(?=\/|$)/, 'docker.io')
    .replace(/\/{1,9}$/, '');
  const path = (type === 'docker' && namespace ? `${namespace}/${name}` : name).toLowerCase();
  return given.endsWith(`/${path}`) ? [given] : [`${given}/${path}`];
}

function dockerHubName({ namespace, name }: PackageURL): string {
  return `docker.io/${namespace || 'library'}/${name}`;
}

function lastOf(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

/** Whether a name with a digest, such as `ghcr.io/acme/web@sha256:…`, is that of an image. */
export function isNameOf(text: string, image: Reference): boolean {
  const named = parsed(text);
  if (named === undefined || named.registry !== image.registry || named.repository !== image.repository) return false;
  return named.digest === image.digest && (named.tag ?? image.tag) === image.tag;
}

function parsed(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
