import * as v from 'valibot';
import { attempt, describeFailure, fail } from '../failure.ts';
import { parsed } from '../json.ts';
import type { Host, World } from '../ports.ts';
import { type Severity, severities } from '../scan/finding.ts';
import { given, tableOf } from '../table.ts';
import { behindOf } from './objectives.ts';
import { type ImageOutcome, outcomeCounts, outcomes } from './outcome.ts';
import type { RefreshReport } from './report.ts';
import type { TrendPoint } from './trend-point.ts';

/** Runs that the file keeps: a year of nights. */
const mostKept = 400;
/** Runs that a report shows. */
const mostShown = 90;
const largest = 1024 * 1024;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const point = v.object({
  at: v.pipe(v.string(), v.isoTimestamp()),
  command: v.picklist(['check', 'refresh']),
  images: count,
  outcomes: v.record(v.picklist(outcomes), count),
  behindMs: v.nullable(count),
  findings: v.exactOptional(v.record(v.picklist(severities), count)),
});
const document = v.object({ schemaVersion: v.literal(1), runs: v.array(point) });

/** What one run adds to the trend; undefined of one that is no measure of the images. */
export function pointOf(report: RefreshReport): TrendPoint | undefined {
  const { command, images, dryRun, finishedAt: at } = report;
  if ((command !== 'check' && command !== 'refresh') || dryRun) return undefined;
  const counts = outcomeCounts(images);
  const counted = (outcome: ImageOutcome) => (counts[outcome] > 0 ? [[outcome, counts[outcome]]] : []);
  // Where one is not known, the longest is not.
  const ages = images.map(behindOf);
  const behindMs = ages.includes(undefined) ? null : Math.max(0, ...ages.flatMap((age) => age ?? []));
  const scans = images.flatMap(({ scan }) => (scan === null || scan.failure !== null ? [] : [scan]));
  const ofSeverity = (severity: Severity) =>
    scans.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.severity === severity).length, 0);
  return {
    at,
    command,
    images: images.length,
    outcomes: Object.fromEntries(outcomes.flatMap(counted)),
    behindMs,
    ...given('findings', scans.length === 0 ? undefined : tableOf(severities, ofSeverity)),
  };
}

/** Adds a run to the trend that a file keeps, and the last runs to its report; a file that is not one is begun anew with a warning. */
export async function withTrend(
  { host, world }: { readonly host: Host; readonly world: Pick<World, 'files'> },
  report: RefreshReport,
  file: string,
): Promise<RefreshReport> {
  const own = pointOf(report);
  if (own === undefined) return report;
  const earlier = await attempt(file, () => readTrend(world, file));
  if (earlier.kind === 'failed') host.log('warning', `${describeFailure(earlier.failure)} It is begun anew.`);
  // A job that is run again adds nothing.
  const known = earlier.kind === 'failed' ? [] : earlier.value.filter(({ at }) => at < own.at);
  const runs = [...known, own].slice(-mostKept);
  const written = await attempt(file, () => world.files.write(file, `${JSON.stringify({ schemaVersion: 1, runs })}\n`));
  if (written.kind === 'failed') host.log('warning', describeFailure(written.failure));
  return { ...report, trend: runs.slice(-mostShown) };
}

async function readTrend({ files }: Pick<World, 'files'>, file: string): Promise<readonly TrendPoint[]> {
  if ((await files.stat(file)).kind === 'absent') return [];
  return parseTrend(await files.readText(file, largest), file);
}

/** Reads history.json; throws `malformed` for what no run has written. */
export function parseTrend(text: string, file: string): readonly TrendPoint[] {
  const read = v.safeParse(document, parsed(text));
  if (read.success) return read.output.runs;
  throw fail('malformed', file, 'is no trend of earlier runs', 'remove it');
}
