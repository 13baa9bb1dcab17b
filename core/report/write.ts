import { join } from 'node:path';
import type { World } from '../ports.ts';
import { renderHtml } from './html.ts';
import { jsonPieces } from './json.ts';
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

/** A saved report, and its summary for those who show it. */
export interface SavedReport {
  readonly files: ReportFiles;
  readonly markdown: string;
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
  await world.files.write(files.sarif, slices(renderSarif(report)));
  await world.files.write(files.html, slices(renderHtml(report)));
  await world.files.write(files.junit, slices(renderJunit(report)));
  await world.files.write(files.json, jsonPieces(report));
  return { files, markdown };
}

const sliceLength = 1_000_000;

// A large text is not to be in memory twice, as text and as bytes. No slice ends within a character of two units.
function* slices(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(start + sliceLength - 1));
    const end = start + sliceLength + (isSplit ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}
