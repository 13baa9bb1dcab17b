import { join } from 'node:path';
import type { World } from '../ports.ts';
import { namesOf, tableOf } from '../table.ts';
import { type ReportFormatName, type ReportFormats, reportFormats } from './formats.ts';
import type { RefreshReport } from './report.ts';

/** Absolute paths of a saved report, one a format. */
export type ReportFiles = Readonly<Record<ReportFormatName, string>>;

/** Where a report is saved in an output directory. */
export function reportFilesIn(outputDirectory: string, formats: ReportFormats = reportFormats): ReportFiles {
  return tableOf(namesOf(formats), (name) => join(outputDirectory, formats[name].file));
}

/** Saves a report in every format; report.json last, so that where it is the others are too. */
export async function writeReports(
  world: Pick<World, 'files'>,
  report: RefreshReport,
  outputDirectory: string,
  formats: ReportFormats = reportFormats,
): Promise<ReportFiles> {
  const files = reportFilesIn(outputDirectory, formats);
  const others = namesOf(formats).filter((name) => name !== 'json');
  for (const name of [...others, 'json'] as const) {
    await world.files.write(files[name], await formats[name].render(report));
  }
  return files;
}
