import { join } from 'node:path';
import type { World } from '../ports.ts';
import { renderHtml } from './html.ts';
import { serialise } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import type { RefreshReport } from './report.ts';
import { renderSarif } from './sarif.ts';

/** Absolute paths of a saved report, one a format. */
export interface ReportFiles {
  readonly json: string;
  readonly markdown: string;
  readonly sarif: string;
  readonly html: string;
  readonly junit: string;
}

/** A saved report, and the texts of which others make use: a large one is not rendered twice. */
export interface SavedReport {
  readonly files: ReportFiles;
  readonly markdown: string;
  readonly json: string;
}

/** Saves a report in every format; report.json last, so that where it is the others are too. */
export async function writeReports(
  world: Pick<World, 'files'>,
  report: RefreshReport,
  outputDirectory: string,
): Promise<SavedReport> {
  const files: ReportFiles = {
    json: join(outputDirectory, 'report.json'),
    markdown: join(outputDirectory, 'summary.md'),
    sarif: join(outputDirectory, 'report.sarif'),
    html: join(outputDirectory, 'report.html'),
    junit: join(outputDirectory, 'junit.xml'),
  };
  const markdown = renderMarkdown(report);
  await world.files.write(files.markdown, markdown);
  await world.files.write(files.sarif, renderSarif(report));
  await world.files.write(files.html, renderHtml(report));
  await world.files.write(files.junit, renderJunit(report));
  const json = serialise(report);
  await world.files.write(files.json, json);
  return { files, markdown, json };
}
