/** What of an image helps whoever has broken into it; its users may have good reasons for each. */
export const hardeningKinds = [
  'root-user',
  'shell',
  'package-manager',
  'downloader',
  'compiler',
  'setuid',
  'capabilities',
  'secrets',
  'deleted-secrets',
  'secret-variables',
] as const;
export type HardeningKind = (typeof hardeningKinds)[number];

/** One fact of an image. */
export interface HardeningFact {
  readonly kind: HardeningKind;
  /** Files, or variables, that show it, the first of them by name; none for the user. */
  readonly files: readonly string[];
  /** How many files there are. */
  readonly count: number;
  readonly platforms: readonly string[];
}

/** How large one platform of an image is. */
export interface PlatformSize {
  readonly platform: string;
  /** Compressed, as it is pulled. */
  readonly bytes: number;
  readonly layers: number;
}

/** What an image itself says of how hard it is to misuse. */
export interface Hardening {
  readonly facts: readonly HardeningFact[];
  readonly sizes: readonly PlatformSize[];
  /** Bases of the same software with less in them that exist upstream: `node:22-slim`. */
  readonly slimmer: readonly string[];
}
