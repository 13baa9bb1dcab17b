/** An advisory as trivy-db keeps it: in the bucket of its source, under the source package's name. */
export interface Advisory {
  readonly source: string;
  readonly name: string;
  readonly id: string;
  readonly advisory: object;
  /** By vendor; 1 is low, 4 is critical. */
  readonly severities: Readonly<Record<string, number>>;
  readonly title: string;
}

const severity = { low: 1, medium: 2, high: 3, critical: 4 } as const;
type Severity = keyof typeof severity;

// trivy-db, pkg/types/status.go.
const status = { affected: 2, willNotFix: 5 } as const;

const debian = 'debian 12';
const alpine = 'alpine 3.18';
const npm = 'npm::GitHub Security Advisory Npm';

/** Real identifiers, packages and fixed versions; the severities of the CVE-2026 rows are invented for tests. */
export const advisories: readonly Advisory[] = [
  fixed(debian, 'openssl', 'CVE-2026-63072', '3.0.22-1~deb12u1', 'high', 'heap buffer overflow in CMS key unwrapping'),
  fixed(debian, 'openssl', 'CVE-2026-75803', '3.0.22-1~deb12u1', 'critical', 'AEAD forgeries with empty ciphertext'),
  fixed(debian, 'openssl', 'CVE-2026-77696', '3.0.22-1~deb12u2', 'medium', 'timing side-channel in SM2 signatures'),
  fixed(debian, 'pcre2', 'CVE-2026-103111', '10.42-1+deb12u2', 'high', 'large JIT stack allocation'),
  fixed(debian, 'xz-utils', 'CVE-2026-34743', '5.4.1-1+deb12u1', 'medium', 'fixed in a stable update'),
  fixed(debian, 'perl', 'CVE-2026-8376', '5.36.0-7+deb12u4', 'high', 'buffer overflow in Perl_study_chunk'),
  fixed(debian, 'glibc', 'CVE-2023-4911', '2.36-9+deb12u3', 'high', 'buffer overflow in ld.so', ['DSA-5514-1']),
  unfixed('perl', 'CVE-2011-4116', 'affected', 'high', 'File::Temp insecure temporary file handling'),
  unfixed('zlib', 'CVE-2023-45853', 'willNotFix', 'critical', 'integer overflow in zipOpenNewFileInZip4_6'),
  unfixed('coreutils', 'CVE-2016-2781', 'willNotFix', 'medium', 'escape to the parent session in chroot'),
  unfixed('tar', 'CVE-2005-2541', 'affected', 'critical', 'does not warn when extracting setuid files'),
  fixed(alpine, 'openssl', 'CVE-2023-5363', '3.1.4-r0', 'high', 'incorrect cipher key and IV length processing'),
  fixed(alpine, 'busybox', 'CVE-2023-42366', '1.36.1-r6', 'medium', 'heap buffer overflow in awk'),
  inNpm('lodash', 'CVE-2021-23337', 'GHSA-35jh-r3h4-6jhm', ['4.17.21'], ['<4.17.21'], 'high', 'command injection'),
  inNpm(
    'minimist',
    'CVE-2021-44906',
    'GHSA-xvch-5gv4-984h',
    ['1.2.6', '0.2.4'],
    ['>=1.0.0, <1.2.6', '<0.2.4'],
    'critical',
    'prototype pollution',
  ),
];

function fixed(
  source: string,
  name: string,
  id: string,
  version: string,
  level: Severity,
  title: string,
  vendorIds: readonly string[] = [],
): Advisory {
  const advisory = { FixedVersion: version, ...(vendorIds.length === 0 ? {} : { VendorIDs: vendorIds }) };
  return { source, name, id, advisory, severities: { nvd: severity[level] }, title: `${name}: ${title}` };
}

// Debian does not rate zlib's finding, and rates the others low, whatever other vendors say.
function unfixed(name: string, id: string, why: keyof typeof status, level: Severity, title: string): Advisory {
  const rated = name === 'zlib' ? {} : { Severity: severity.low };
  const advisory = { ...rated, Status: status[why] };
  return { source: debian, name, id, advisory, severities: { nvd: severity[level] }, title: `${name}: ${title}` };
}

function inNpm(
  name: string,
  id: string,
  ghsa: string,
  patched: readonly string[],
  vulnerable: readonly string[],
  level: Severity,
  title: string,
): Advisory {
  const advisory = { VendorIDs: [ghsa], PatchedVersions: patched, VulnerableVersions: vulnerable };
  const severities = { ghsa: severity[level], nvd: severity[level] };
  return { source: npm, name, id, advisory, severities, title: `${name}: ${title}` };
}
