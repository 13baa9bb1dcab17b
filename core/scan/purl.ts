import { PackageURL } from 'packageurl-js';

/** The package URL in text, or undefined where it is none. */
export function parsePurl(text: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}

// Distributions' namespaces are their vendors, no part of a package's name.
const vendored: readonly string[] = ['deb', 'rpm', 'apk', 'alpm'];

/** A package's name as its own ecosystem writes it: `@scope/name`, `group:artifact`, `github.com/owner/module`. */
export function packageName({ type, namespace, name }: PackageURL): string {
  if (!namespace || vendored.includes(type)) return name;
  return type === 'maven' ? `${namespace}:${name}` : `${namespace}/${name}`;
}

/** Whether a purl, which may leave out version and qualifiers, names the package of another. */
export function namesPackage(pattern: PackageURL, of: PackageURL): boolean {
  if (pattern.type !== of.type || pattern.name !== of.name || (pattern.namespace ?? '') !== (of.namespace ?? '')) {
    return false;
  }
  if (pattern.version !== undefined && pattern.version !== null && pattern.version !== of.version) return false;
  return Object.entries(pattern.qualifiers ?? {}).every(([key, value]) => of.qualifiers?.[key] === value);
}
