import { PackageURL } from 'packageurl-js';

/** The package URL in text, or undefined where it is not one. */
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

/** A package without its version, as text by which packages that `namesPackage` finds the same are looked up. */
export function packageKey({ type, namespace, name }: PackageURL): string {
  return JSON.stringify([type, namespace ?? '', name]);
}

/** Whether a purl, which may leave out version, qualifiers and subpath, names the package of another. */
export function namesPackage(pattern: PackageURL, of: PackageURL): boolean {
  if (pattern.type !== of.type || pattern.name !== of.name || (pattern.namespace ?? '') !== (of.namespace ?? '')) {
    return false;
  }
  if (pattern.version !== undefined && pattern.version !== null && pattern.version !== of.version) return false;
  if (pattern.subpath && pattern.subpath !== of.subpath) return false;
  return Object.entries(pattern.qualifiers ?? {}).every(([key, value]) => of.qualifiers?.[key] === value);
}

// Types of package URLs (purl-spec) as Grype names them (anchore/syft, syft/pkg), and their languages.
const ecosystems: Readonly<Record<string, { readonly type: string; readonly language?: string }>> = {
  cargo: { type: 'rust-crate', language: 'rust' },
  cocoapods: { type: 'pod', language: 'swift' },
  composer: { type: 'php-composer', language: 'php' },
  conan: { type: 'conan', language: 'c++' },
  gem: { type: 'gem', language: 'ruby' },
  golang: { type: 'go-module', language: 'go' },
  hex: { type: 'hex', language: 'elixir' },
  maven: { type: 'java-archive', language: 'java' },
  npm: { type: 'npm', language: 'javascript' },
  nuget: { type: 'dotnet', language: 'dotnet' },
  pub: { type: 'dart-pub', language: 'dart' },
  pypi: { type: 'python', language: 'python' },
  swift: { type: 'swift', language: 'swift' },
};

/** The kind and the language of a package, as Grype names them. */
export function ecosystemOf({ type }: PackageURL): { readonly type: string; readonly language?: string } {
  return Object.hasOwn(ecosystems, type) ? (ecosystems[type] ?? { type }) : { type };
}

/** The source package that a distribution's package was made of, where its package URL says so. */
export function sourcePackageOf({ qualifiers }: PackageURL): string | undefined {
  const stated = qualifiers?.upstream;
  return typeof stated === 'string' ? stated.split('@')[0] : undefined;
}
