import { relative } from 'node:path';
import type { Config } from '../config/model.ts';
import { attempt, describeFailure, type Failure, FailureError, fail } from '../failure.ts';
import { mergeRun } from '../fleet/merge-run.ts';
import { isRun, parseRun, type RunFile } from '../fleet/run-file.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { createRun } from '../refresh/context.ts';
import { notifyOf } from '../refresh/notify-stage.ts';
import { findDocuments } from '../report/find-documents.ts';
import { createFolder, type Folder } from '../report/fold.ts';
import { type ReportFormats, reportFormats } from '../report/formats.ts';
import { documentIn, reportIn } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { mergeReports } from '../report/merge.ts';
import { objectiveNotices, withObjectives } from '../report/objectives.ts';
import { outputsOfMerged, setOutputs } from '../report/outputs.ts';
import type { RefreshReport } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { conclusionOf, failuresOf } from '../report/totals.ts';
import { withTrend } from '../report/trend.ts';
import { writeReports } from '../report/write.ts';
import { inputLabel } from '../settings/input.ts';
import { namesOf } from '../table.ts';
import { decodeText } from '../text/decode.ts';

/** `report`: merges saved reports, writes and prints them without another scan, and ends as the worst of them. */
export async function reportCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { reports, runs, unread, isHuge } = await readDocuments(world, await findDocuments(world, config.operands));
  const [file, other] = runs;
  const [broken] = unread;
  if (file === undefined && broken !== undefined) throw new FailureError(broken);
  // What a machine broke off while it wrote is nothing that its leg left.
  for (const failure of unread) host.log('warning', `${describeFailure(failure)} It was left out.`);
  demandPlanned(config, host, file);
  if (other !== undefined) throw fail('usage', 'report', 'two different runs were given', 'give one run.json');
  const { report: merged, missing } =
    file === undefined
      ? { report: mergeReports(reports), missing: [] }
      : await mergeRun(createRun(config, host, world), file.run, reports);
  const report = await withTrend({ host, world }, withObjectives(merged, config.objectives), config.historyFile);
  for (const failure of failuresOf(report)) host.log('error', describeFailure(failure));
  for (const { level, message } of objectiveNotices(report)) host.log(level, message);
  const conclusion = conclusionOf(report, config.failOn);
  await deliverMerged(config, host, world, report, isHuge);
  setOutputs(host, outputsOfMerged(report, conclusion, missing));
  // Reports without the run that they are of need not be about all images.
  const hasAll = file !== undefined && file.run.partial !== true && missing.length === 0;
  await notifyOf({ config, host, world }, report, conclusion, hasAll);
  return conclusion;
}

// Any job of a pipeline can replace an artifact, and none another job's output.
function demandPlanned({ fleet }: Config, host: Host, found: ReadRun | undefined): void {
  const { runDigest } = fleet;
  if (runDigest === undefined || found?.digest === runDigest) return;
  const fact =
    found === undefined ? 'is not among the files' : `has the digest ${found.digest}, and the plan wrote ${runDigest}`;
  throw fail('usage', 'run.json', fact, `give the run.json that belongs to ${inputLabel(host.kind, 'run-digest')}`);
}

/** A run.json and the digest of its bytes. */
interface ReadRun {
  readonly run: RunFile;
  readonly digest: Digest;
}

interface Documents {
  /** Whether all of them are more than one text can hold. */
  readonly isHuge: boolean;
  readonly reports: readonly RefreshReport[];
  readonly runs: readonly ReadRun[];
  /** Why what should be a report is not one. */
  readonly unread: readonly Failure[];
}

async function readDocuments(world: World, paths: readonly string[]): Promise<Documents> {
  const reports: RefreshReport[] = [];
  const runs = new Map<Digest, ReadRun>();
  const unread: Failure[] = [];
  const folder = createFolder();
  for (const path of paths) {
    const file = relative(world.cwd, path);
    const bytes = await world.files.read(path);
    const text = decodeText(bytes, file);
    const read = await attempt(file, async () => documentIn(text, file));
    if (read.kind === 'failed' || !isRun(read.value)) {
      const report =
        read.kind === 'failed' ? read : await attempt(file, async () => folded(folder, reportIn(read.value, file)));
      if (report.kind === 'done') reports.push(report.value);
      else unread.push(report.failure);
      continue;
    }
    // A copy says the same; what says something else is another run, whatever it calls itself.
    const digest = digestOf(bytes);
    runs.set(digest, { run: parseRun(text, file), digest });
  }
  return { isHuge: folder.hasFolded(), reports, runs: [...runs.values()], unread };
}

function folded(folder: Folder, report: RefreshReport): RefreshReport {
  return { ...report, images: report.images.map((image) => folder.fold(image)) };
}

// What its legs have said beside the lines of files is not said again.
async function deliverMerged(
  config: Config,
  host: Host,
  world: World,
  report: RefreshReport,
  isHuge: boolean,
): Promise<void> {
  const files = await writeReports(world, report, config.outputDirectory);
  await host.summarise(renderMarkdown(report, { drawn: host.kind === 'github' }), files.md);
  const formats: ReportFormats = reportFormats;
  await host.attach(namesOf(formats).map((name) => ({ path: files[name], mediaType: formats[name].mediaType })));
  for (const name of namesOf(formats)) {
    const { output } = formats[name];
    if (output !== undefined) host.setOutput(output.name, files[name]);
  }
  if (isHuge && config.format !== 'table' && host.printPieces !== undefined) {
    host.printPieces(await formats[config.format].render(report));
    return;
  }
  host.print(await renderedReport(report, config.format, host.screen));
}

/** A report in one of the formats, or as a table for a terminal. */
export async function renderedReport(
  report: RefreshReport,
  format: Config['format'],
  screen: Host['screen'],
  formats: ReportFormats = reportFormats,
): Promise<string> {
  return format === 'table' ? renderTable(report, screen) : [...(await formats[format].render(report))].join('');
}
