import { fail } from '../../failure.ts';
import { refuseDenied } from '../denied.ts';

/** An operating system and processor as node names them. */
export type InstallPlatform = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64';

/** One file of a release and the SHA-256 of its bytes. */
export interface ReleaseAsset {
  readonly file: string;
  readonly sha256: string;
}

/** A release at an exact version, by the platforms for which its checksum is known here. */
export interface ToolRelease {
  readonly version: string;
  readonly assets: Readonly<Partial<Record<InstallPlatform, ReleaseAsset>>>;
}

/** A scanner that this program can install by itself. */
export interface InstallableTool {
  /** Name of its executable, in the archive and on PATH. */
  readonly name: string;
  /** As people know it. */
  readonly title: string;
  /** Where its makers publish their releases; below it stands `v<version>/<file>`. */
  readonly publisher: string;
  /** The releases whose checksums are built in; the first is the one that is installed without a choice. */
  readonly releases: readonly ToolRelease[];
}

// The SHA-256 sums are those of the releases' checksum files as projects that pin them wrote them down. Each was
// found in at least two that do so independently of each other; docs/scanning.md names them.
const trivyReleases: readonly ToolRelease[] = [
  trivyRelease('0.69.3', {
    'linux-x64': '1816b632dfe529869c740c0913e36bd1629cb7688bd5634f4a858c1d57c88b75',
    'linux-arm64': '7e3924a974e912e57b4a99f65ece7931f8079584dae12eb7845024f97087bdfd',
    'darwin-x64': 'fec4a9f7569b624dd9d044fca019e5da69e032700edbb1d7318972c448ec2f4e',
    'darwin-arm64': 'a2f2179afd4f8bb265ca3c7aefb56a666bc4a9a411663bc0f22c3549fbc643a5',
  }),
  trivyRelease('0.74.0', {
    'linux-x64': '2ae6fe3ee734b7fdf11335663e18c75ea12dccc76062f09f164a3b0f8be4371a',
    'linux-arm64': 'b94ce1976bbf3c15b514b605ee88be7c6d94a29be2302847ff01cb794d47aad5',
    'darwin-x64': '472816f6888dda689d075c30254d4210b4d1035acf365aa72332f584c2f60485',
    'darwin-arm64': '1caada5e0e2091909357c7525d3aa76f4b660b13821bc143b190c7483e31cc11',
  }),
];

const grypeReleases: readonly ToolRelease[] = [
  grypeRelease('0.111.0', {
    'linux-x64': '18ed2048d7a233566b681121d4632364f5f25d72cca86acc4c7ac57210d78a87',
    'linux-arm64': '1a8b9bd691ce274e44056e7572cdf8c6970bdf9ec694001f7b4b17962b121b43',
    'darwin-x64': '8fefd00f6ddd6407275be31b228089820e91c7a8cd2d046e877601773ac5062f',
    'darwin-arm64': '62d005a1e36ac7ec0b7be801ebc8eab0053fd831a227e1dc8ea9c356d38fa361',
  }),
];

/** Trivy as it is installed. */
export const installableTrivy: InstallableTool = {
  name: 'trivy',
  title: 'Trivy',
  publisher: 'https://github.com/aquasecurity/trivy/releases/download',
  releases: trivyReleases,
};

/** Grype as it is installed. */
export const installableGrype: InstallableTool = {
  name: 'grype',
  title: 'Grype',
  publisher: 'https://github.com/anchore/grype/releases/download',
  releases: grypeReleases,
};

/** The release of a version, or the one that is installed without a choice; throws `config` where its checksum is not known. */
export function releaseOf(
  { name: tool, releases: known }: InstallableTool,
  version: string | undefined,
  subject = 'scanner-version',
): ToolRelease {
  const wanted = version?.replace(/^v/, '');
  if (wanted !== undefined) refuseDenied('config', subject, { name: tool, version: wanted });
  const found = wanted === undefined ? known[0] : known.find((release) => release.version === wanted);
  if (found !== undefined) return found;
  const versions = known.map((release) => release.version).join(', ');
  throw fail(
    'config',
    subject,
    `no checksum of ${tool} ${wanted} is built in, so it cannot be installed`,
    `give one of ${versions}, or install it yourself and name it with --scanner-path`,
  );
}

type Sums = Readonly<Record<InstallPlatform, string>>;

function trivyRelease(version: string, sums: Sums): ToolRelease {
  const names = { linux: 'Linux', darwin: 'macOS', x64: '64bit', arm64: 'ARM64' };
  return release(version, sums, (os, arch) => `trivy_${version}_${names[os]}-${names[arch]}.tar.gz`);
}

function grypeRelease(version: string, sums: Sums): ToolRelease {
  const names = { linux: 'linux', darwin: 'darwin', x64: 'amd64', arm64: 'arm64' };
  return release(version, sums, (os, arch) => `grype_${version}_${names[os]}_${names[arch]}.tar.gz`);
}

function release(
  version: string,
  sums: Sums,
  nameFor: (os: 'linux' | 'darwin', arch: 'x64' | 'arm64') => string,
): ToolRelease {
  const asset = (os: 'linux' | 'darwin', arch: 'x64' | 'arm64') => ({
    file: nameFor(os, arch),
    sha256: sums[`${os}-${arch}`],
  });
  return {
    version,
    assets: {
      'linux-x64': asset('linux', 'x64'),
      'linux-arm64': asset('linux', 'arm64'),
      'darwin-x64': asset('darwin', 'x64'),
      'darwin-arm64': asset('darwin', 'arm64'),
    },
  };
}
