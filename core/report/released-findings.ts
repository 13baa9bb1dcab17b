import type { RefreshReport, ReportedImage } from './report.ts';

/** What a run changed of the findings of what is released. */
export interface ReleasedFindings {
  readonly fixed: number;
  readonly introduced: number;
  /** What images that were built and not released would fix. */
  readonly wouldFix: number;
  /** Findings of what is released now, as far as it was scanned. */
  readonly now: number;
}

/** Counts findings by what was released: what a held image would have fixed is fixed nowhere. */
export function releasedFindings({ images }: Pick<RefreshReport, 'images'>): ReleasedFindings {
  const sum = (part: (image: ReportedImage) => number) => images.reduce((total, image) => total + part(image), 0);
  return {
    fixed: sum((image) => (isReleased(image) ? (image.scan?.fixed.length ?? 0) : 0)),
    introduced: sum((image) => (isReleased(image) ? (image.scan?.introduced.length ?? 0) : 0)),
    wouldFix: sum((image) => (isReleased(image) ? 0 : (image.scan?.fixed.length ?? 0))),
    now: sum(findingsNow),
  };
}

function isReleased({ promotion }: ReportedImage): boolean {
  return promotion !== null;
}

// Where a candidate was not released, what was published before still is. Of what was not built, the scan is of the image itself.
function findingsNow(image: ReportedImage): number {
  const { scan, build } = image;
  if (scan === null) return 0;
  return isReleased(image) || build === null ? scan.findings.length : (scan.before?.length ?? 0);
}
