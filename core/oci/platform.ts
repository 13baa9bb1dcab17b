import type { Digest } from './digest.ts';

/** Where an image runs (OCI image-spec, image-index.md#platform). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

// containerd's normalisation: uname names and default variants are the same platform.
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  i386: '386',
};

/** The platform in containerd's normal form: arm64/v8 is arm64, arm is arm/v7, x86_64 is amd64. */
export function normalisePlatform(platform: Platform): Platform {
  const architecture = architectures[platform.architecture.toLowerCase()] ?? platform.architecture.toLowerCase();
  const variant = normaliseVariant(architecture, platform);
  return {
    os: platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase(),
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(platform.osVersion === undefined ? {} : { osVersion: platform.osVersion }),
  };
}

function normaliseVariant(architecture: string, platform: Platform): string | undefined {
  const variant = platform.variant?.toLowerCase();
  if (architecture === 'arm64' && (variant === '8' || variant === 'v8')) return undefined;
  if (architecture === 'amd64' && variant === 'v1') return undefined;
  if (architecture !== 'arm') return variant === '' ? undefined : variant;
  if (platform.architecture.toLowerCase() === 'armel') return 'v6';
  if (variant === undefined || variant === '') return 'v7';
  return variant.startsWith('v') ? variant : `v${variant}`;
}

/** Parses `os/architecture[/variant]`, or `os(version)/architecture`; undefined when it is neither. */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^([A-Za-z0-9_-]+)(?:\(([^)/]+)\))?\/([A-Za-z0-9_-]+)(?:\/([A-Za-z0-9._-]+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, os = '', osVersion, architecture = '', variant] = match;
  return normalisePlatform({
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { osVersion }),
  });
}

/** Prints the platform as Docker writes it: `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** Whether two platforms are the same for an image; Windows builds must also agree on os.version where both state one. */
export function samePlatform(a: Platform, b: Platform): boolean {
  const [left, right] = [normalisePlatform(a), normalisePlatform(b)];
  if (formatPlatform(left) !== formatPlatform(right)) return false;
  if (left.os !== 'windows' || left.osVersion === undefined || right.osVersion === undefined) return true;
  return windowsBuild(left.osVersion) === windowsBuild(right.osVersion);
}

// "10.0.20348.2113": major.minor.build decide compatibility, the revision is a patch.
function windowsBuild(version: string): string {
  return version.split('.').slice(0, 3).join('.');
}

/** The platform manifests behind a digest; a digest that is a single manifest has one. */
export type PlatformDigests = readonly { readonly platform: Platform; readonly digest: Digest }[];
/** What one platform was built on and would be built on now. */
export interface PlatformChange {
  readonly platform: string;
  readonly from: Digest | null;
  readonly to: Digest | null;
}
