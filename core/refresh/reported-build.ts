import { formatReference } from '../oci/reference.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { ReportedImage } from '../report/report.ts';

/** What a report says of a build. */
export function reportedBuild(built: BuiltImage): ReportedImage['build'] {
  return {
    engine: built.engine,
    digest: built.digest,
    candidate: formatReference(built.reference),
    evidence: built.evidence,
    durationMs: built.durationMs,
    pinned: built.pinned.map(({ base, digest }) => ({ reference: formatReference(base.reference), digest })),
    notes: built.notes,
    ...reportedPackages(built.packages),
  };
}

function reportedPackages(packages: BuiltImage['packages']) {
  switch (packages?.kind) {
    case 'compared':
      return { packages: { platform: packages.platform, changes: packages.changes } };
    case 'untouched':
      return { packages: { platform: packages.platform, changes: [] } };
    case 'unknown':
    case undefined:
      return {};
  }
}
