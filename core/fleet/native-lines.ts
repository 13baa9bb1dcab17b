import type { RefreshReport, ReportedImage } from '../report/report.ts';
import type { RunFile } from './run-file.ts';

/** The lines of legs without those of images whose platforms have a leg each, where another of these went further. */
export function withoutPending({ legs }: RunFile, reports: readonly RefreshReport[]): readonly RefreshReport[] {
  const native = new Set(legs.flatMap(({ platform, images }) => (platform === undefined ? [] : images)));
  if (native.size === 0) return reports;
  const furthest = new Map<string, number>();
  for (const line of reports.flatMap(({ images }) => images))
    furthest.set(line.name, Math.max(reached(line), furthest.get(line.name) ?? 0));
  const counts = (line: ReportedImage) => !native.has(line.name) || reached(line) === furthest.get(line.name);
  return reports.map((report) => ({ ...report, images: report.images.filter(counts) }));
}

function reached(line: ReportedImage): number {
  return line.promotion !== null ? 2 : isPending(line) ? 0 : 1;
}

/** Whether a leg left an image to others: it made its platform alone, whatever it found the published image to be. */
export function isPending({ plan, promotion }: ReportedImage): boolean {
  return plan?.pending === true && promotion === null;
}
