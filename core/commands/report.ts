import { relative } from 'node:path';
import type { Config } from '../config/model.ts';
import { attempt, describeFailure, type Failure, FailureError, fail } from '../failure.ts';
import { mergeRun } from '../fleet/merge-run.ts';
import { isRun, parseRun, type RunFile } from '../fleet/run-file.ts';
import { parsed } from '../json.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { createRun } from '../refresh/context.ts';
import { notifyOf } from '../refresh/notify-stage.ts';
import { findDocuments } from '../report/find-documents.ts';
import { type ReportFormats, reportFormats } from '../report/formats.ts';
import { parseReport } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { mergeReports } from '../report/merge.ts';
import { outputsOfMerged, setOutputs } from '../report/outputs.ts';
import type { RefreshReport } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { conclusionOf, failuresOf } from '../report/totals.ts';
import { writeReports } from '../report/write.ts';
import { namesOf } from '../table.ts';
import { decodeText } from '../text/decode.ts';

/** `report`: merges saved reports, writes and prints them without another scan, and ends as the worst of them. */
export async function reportCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { reports, runs, unread } = await readDocuments(world, await findDocuments(world, config.operands));
  const [file, other] = runs;
  const [broken] = unread;
  if (file === undefined && broken !== undefined) throw new FailureError(broken);
  // What a machine broke off while it wrote is nothing that its leg left.
  for (const failure of unread) host.log('warning', `${describeFailure(failure)} It was left out.`);
  if (other !== undefined) throw fail('usage', 'report', 'two different runs were given', 'give one run.json');
  const { report, missing } =
    file === undefined
      ? { report: mergeReports(reports), missing: [] }
      : await mergeRun(createRun(config, host, world), file, reports);
  for (const failure of failuresOf(report)) host.log('error', describeFailure(failure));
  const conclusion = conclusionOf(report, config.failOn);
  await deliverMerged(config, host, world, report);
  setOutputs(host, outputsOfMerged(report, conclusion, missing));
  await notifyOf({ config, host, world }, report, conclusion);
  return conclusion;
}

interface Documents {
  readonly reports: readonly RefreshReport[];
  readonly runs: readonly RunFile[];
  /** Why what should be a report is none. */
  readonly unread: readonly Failure[];
}

async function readDocuments(world: World, paths: readonly string[]): Promise<Documents> {
  const reports: RefreshReport[] = [];
  const runs = new Map<string, RunFile>();
  const unread: Failure[] = [];
  for (const path of paths) {
    const file = relative(world.cwd, path);
    const text = decodeText(await world.files.read(path), file);
    if (!isRun(parsed(text))) {
      const read = await attempt(file, async () => parseReport(text, file));
      if (read.kind === 'done') reports.push(read.value);
      else unread.push(read.failure);
      continue;
    }
    // A copy says the same; what says something else is another run, whatever it calls itself.
    runs.set(text, parseRun(text, file));
  }
  return { reports, runs: [...runs.values()], unread };
}

// What its legs have said beside the lines of files is not said again.
async function deliverMerged(config: Config, host: Host, world: World, report: RefreshReport): Promise<void> {
  const files = await writeReports(world, report, config.outputDirectory);
  await host.summarise(renderMarkdown(report), files.md);
  const formats: ReportFormats = reportFormats;
  await host.attach(namesOf(formats).map((name) => ({ path: files[name], mediaType: formats[name].mediaType })));
  for (const name of namesOf(formats)) {
    const { output } = formats[name];
    if (output !== undefined) host.setOutput(output.name, files[name]);
  }
  host.print(renderedReport(report, config.format, host.screen));
}

/** A report in one of the formats, or as a table for a terminal. */
export function renderedReport(
  report: RefreshReport,
  format: Config['format'],
  screen: Host['screen'],
  formats: ReportFormats = reportFormats,
): string {
  return format === 'table' ? renderTable(report, screen) : [...formats[format].render(report)].join('');
}
