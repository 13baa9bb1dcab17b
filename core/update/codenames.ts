/** A release of a distribution that tags call by a name. */
export interface Codename {
  readonly name: string;
  readonly family: 'debian' | 'ubuntu' | 'windows';
  /** The version that the name stands for, which orders the names of a family. */
  readonly version: readonly number[];
}

/**
 * Released versions only: a name that is not here yet, such as Debian's testing, is never offered.
 * Debian (debian.org/releases), Ubuntu (ubuntu.com/about/release-cycle), Windows Server (learn.microsoft.com).
 */
const names: Readonly<Record<Codename['family'], Readonly<Record<string, readonly number[]>>>> = {
  debian: { stretch: [9], buster: [10], bullseye: [11], bookworm: [12], trixie: [13] },
  ubuntu: {
    xenial: [16, 4],
    bionic: [18, 4],
    focal: [20, 4],
    hirsute: [21, 4],
    impish: [21, 10],
    jammy: [22, 4],
    kinetic: [22, 10],
    lunar: [23, 4],
    mantic: [23, 10],
    noble: [24, 4],
    oracular: [24, 10],
    plucky: [25, 4],
    questing: [25, 10],
    resolute: [26, 4],
  },
  windows: { ltsc2016: [2016], ltsc2019: [2019], ltsc2022: [2022], ltsc2025: [2025] },
};

const byName: ReadonlyMap<string, Codename> = new Map(
  (['debian', 'ubuntu', 'windows'] as const).flatMap((family) =>
    Object.entries(names[family]).map(([name, version]) => [name, { name, family, version }] as const),
  ),
);

/** The release of that name, undefined where the word is not one. */
export function codenameOf(word: string): Codename | undefined {
  return byName.get(word);
}
