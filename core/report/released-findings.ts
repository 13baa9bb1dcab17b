import type { Finding } from '../scan/finding.ts';
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

function findingsNow(image: ReportedImage): number {
  return findingsOfPublished(image)?.length ?? 0;
}

/**
 * The findings of what an image is published as after the run; undefined where that was not scanned. Where a candidate was
 * not released, what was published before still is; of what was not built, the scan is of the image itself.
 */
export function findingsOfPublished(image: ReportedImage): readonly Finding[] | undefined {
  const { scan, build } = image;
  if (scan === null || scan.failure !== null) return undefined;
  return isReleased(image) || build === null ? scan.findings : scan.before;
}
