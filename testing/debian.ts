import { type Image, type Layer, makeImage, makeLayer } from './images.ts';

/** An installed Debian package as dpkg records it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Source package, where its name is another. */
  readonly source?: string;
}

/**
 * What a small Debian 12 base holds, before and after an upstream update: it closes findings of openssl, pcre2 and
 * perl, and newly brings an xz-utils that is not closed yet.
 */
export const debianPackages: Readonly<Record<'v1' | 'v2', readonly DebianPackage[]>> = {
  v1: [
    { name: 'coreutils', version: '9.1-1' },
    { name: 'libc6', version: '2.36-9+deb12u14', source: 'glibc' },
    { name: 'libpcre2-8-0', version: '10.42-1', source: 'pcre2' },
    { name: 'libssl3', version: '3.0.20-1~deb12u2', source: 'openssl' },
    { name: 'openssl', version: '3.0.20-1~deb12u2' },
    { name: 'perl-base', version: '5.36.0-7+deb12u3', source: 'perl' },
    { name: 'tar', version: '1.34+dfsg-1.2+deb12u1' },
    { name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' },
  ],
  v2: [
    { name: 'coreutils', version: '9.1-1' },
    { name: 'libc6', version: '2.36-9+deb12u14', source: 'glibc' },
    { name: 'libpcre2-8-0', version: '10.42-1+deb12u2', source: 'pcre2' },
    { name: 'libssl3', version: '3.0.22-1~deb12u2', source: 'openssl' },
    { name: 'openssl', version: '3.0.22-1~deb12u2' },
    { name: 'perl-base', version: '5.36.0-7+deb12u4', source: 'perl' },
    { name: 'tar', version: '1.34+dfsg-1.2+deb12u1' },
    { name: 'xz-utils', version: '5.4.1-1' },
    { name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' },
  ],
};

const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`;

/** A layer that scanners recognise as Debian 12 with these packages, and that holds nothing else. */
export function debianLayer(packages: readonly DebianPackage[]): Promise<Layer> {
  return makeLayer({
    'etc/os-release': osRelease,
    'etc/debian_version': '12.15\n',
    'var/lib/dpkg/status': packages.map(dpkgRecord).join('\n'),
  });
}

function dpkgRecord({ name, version, source }: DebianPackage): string {
  return [
    `Package: ${name}`,
    'Status: install ok installed',
    'Architecture: amd64',
    ...(source === undefined ? [] : [`Source: ${source}`]),
    `Version: ${version}`,
    'Maintainer: Debian Developers <nobody@debian.example>',
    'Description: a package of a test image',
    '',
  ].join('\n');
}

/** The small Debian base before (`v1`) or after (`v2`) its update. */
export async function debianBase(version: 'v1' | 'v2'): Promise<Image> {
  const layer = await debianLayer(debianPackages[version]);
  return makeImage({
    layers: [layer],
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['bash'] },
    created: version === 'v1' ? '2026-08-01T00:00:00Z' : '2026-11-01T00:00:00Z',
  });
}
