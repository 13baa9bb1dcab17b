import type { PackageURL } from 'packageurl-js';

/** A distribution that a CPE names. */
export interface CpeDistribution {
  /** Names that package URLs have for it, in their namespace and before the "-" of `distro`. */
  readonly names: readonly string[];
  /** Absent for every version. */
  readonly version?: string;
}

/** Vendor and product of a CPE, and what package URLs call them. */
const distributions: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    'redhat:enterprise_linux': ['redhat', 'rhel'],
    'debian:debian_linux': ['debian'],
    'canonical:ubuntu_linux': ['ubuntu'],
    'alpinelinux:alpine_linux': ['alpine'],
    'fedoraproject:fedora': ['fedora'],
    'oracle:linux': ['oracle', 'ol'],
    'amazon:linux_2': ['amazon', 'amzn'],
    'rocky:rocky': ['rocky'],
    'almalinux:almalinux': ['alma', 'almalinux'],
    'suse:sles': ['suse', 'sles'],
  }),
);

const cpePattern = /^cpe:(?:\/|2\.3:)[oa]:(?<name>[^:]{1,99}:[^:]{1,99})(?::(?<version>[^:]{0,99}))?/;

/** The distribution of a CPE 2.2 or 2.3 name; undefined where it is of something else. */
export function distributionOfCpe(cpe: string): CpeDistribution | undefined {
  const { name = '', version = '' } = cpePattern.exec(cpe.toLowerCase())?.groups ?? {};
  const names = distributions.get(name);
  if (names === undefined) return undefined;
  return version === '' || version === '*' ? { names } : { names, version };
}

/** Whether a package is of a distribution, as its package URL says: `?distro=redhat-9.4` is of version 9. */
export function isOfDistribution({ namespace, qualifiers }: PackageURL, { names, version }: CpeDistribution): boolean {
  const distro = qualifiers?.distro ?? '';
  const at = distro.search(/-?\d[\d.]*$/);
  const found = at === -1 ? '' : distro.slice(at).replace('-', '');
  const stated = (at === -1 ? distro : distro.slice(0, at)) || namespace;
  if (!names.includes(`${stated}`.toLowerCase())) return false;
  return version === undefined || found === version || found.startsWith(`${version}.`);
}
