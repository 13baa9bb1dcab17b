import { namesOf } from '../table.ts';

export type Confidence = 'high' | 'medium' | 'low';

/** What kind of record says which digest an image was built on, as reports and documentation name it. */
export interface EvidenceKind {
  /** In a sentence: built on … by … */
  readonly words: string;
  /** As documentation explains it. */
  readonly what: string;
  /** When it deserves less confidence than at its best. */
  readonly less?: string;
  /** Whether it speaks of bases of which the image keeps no layers. */
  readonly coversStages: boolean;
}

const unverified = 'low where [unverified](#attached-records-and-provenance)';

/** Every kind of evidence; core/baseline/ladder.ts has the order in which they are asked. */
export const evidenceKinds = {
  'own-record': {
    words: "this tool's own record",
    what: 'annotation `dev.base-image-refresh.bases` that a refresh puts on what it builds, or the [attested record](signing.md) attached to the image',
    less: unverified,
    coversStages: true,
  },
  'buildkit-provenance': {
    words: 'BuildKit provenance',
    what: 'SLSA provenance of the build, v0.2 or v1: attestations in the index, otherwise referrers of the image (plain, in a DSSE envelope or in a Sigstore bundle)',
    less: unverified,
    coversStages: true,
  },
  annotation: {
    words: 'its annotations',
    what: '`org.opencontainers.image.base.name` and `.digest` on the index or on its manifests',
    less: 'low without the name',
    coversStages: false,
  },
  label: {
    words: 'its labels',
    what: 'the same keys as labels; the name is required, because labels are inherited. The run image in `io.buildpacks.lifecycle.metadata`',
    coversStages: false,
  },
  layers: {
    words: 'its layers',
    what: 'layers, diffIDs, history and inherited configuration of the image match those of the base',
    less: 'low if dates or labels differ',
    coversStages: false,
  },
  'lock-file': {
    words: 'the lock file',
    what: '`base-images.lock.json` of the repository',
    less: 'low if the entry names no published digest',
    coversStages: true,
  },
  'git-pin': {
    words: 'the digest in the Dockerfile',
    what: 'the digest in the Dockerfile',
    coversStages: true,
  },
} as const satisfies Readonly<Record<string, EvidenceKind>>;

export type Evidence = keyof typeof evidenceKinds;

/** The kinds as readers of the table are given them. */
export type EvidenceKinds = Readonly<Record<Evidence, EvidenceKind>>;

/** Names of the kinds, in the order in which they are listed. */
export const evidenceNames = namesOf(evidenceKinds);
