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
const document = v.object({
  schemaVersion: v.literal(1),
  runs: v.array(point),
  took: v.exactOptional(v.record(v.string(), count)),
});
/** Images whose times are kept. */
const mostTimes = 5_000;

/** What history.json keeps: the trend, and how many milliseconds each image took when it was last refreshed. */
interface History {
  readonly runs: readonly TrendPoint[];
  readonly took: ReadonlyMap<string, number>;
}

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

/** Adds a run to the trend that a file keeps, and the last runs to its report; a file that is none is begun anew with a warning. */
export async function withTrend(
  { host, world }: { readonly host: Host; readonly world: Pick<World, 'files'> },
  report: RefreshReport,
  file: string,
): Promise<RefreshReport> {
  const own = pointOf(report);
  if (own === undefined) return report;
  const read = await attempt(file, () => readHistory(world, file));
  if (read.kind === 'failed') host.log('warning', `${describeFailure(read.failure)} It is begun anew.`);
  const earlier: History = read.kind === 'failed' ? { runs: [], took: new Map() } : read.value;
  // A job that is run again adds nothing.
  const runs = [...earlier.runs.filter(({ at }) => at < own.at), own].slice(-mostKept);
  const took = Object.fromEntries([...new Map([...earlier.took, ...timesOf(report)])].slice(-mostTimes));
  const document = JSON.stringify({ schemaVersion: 1, runs, ...(Object.keys(took).length === 0 ? {} : { took }) });
  const written = await attempt(file, () => world.files.write(file, `${document}\n`));
  if (written.kind === 'failed') host.log('warning', describeFailure(written.failure));
  return { ...report, trend: runs.slice(-mostShown) };
}

function timesOf({ images }: RefreshReport): readonly (readonly [string, number])[] {
  return images.flatMap(({ name, stages = [] }) => {
    const total = stages.reduce((sum, { durationMs }) => sum + Math.round(durationMs), 0);
    return total === 0 ? [] : [[name, total] as const];
  });
}

/** How many milliseconds images took in earlier runs, by their names; none where no file says so. */
export async function earlierTimes(world: Pick<World, 'files'>, file: string): Promise<ReadonlyMap<string, number>> {
  const read = await attempt(file, () => readHistory(world, file));
  // The end of the run says what is wrong with the file.
  return read.kind === 'failed' ? new Map() : read.value.took;
}

async function readHistory({ files }: Pick<World, 'files'>, file: string): Promise<History> {
  if ((await files.stat(file)).kind === 'absent') return { runs: [], took: new Map() };
  return parseHistory(await files.readText(file, largest), file);
}

/** Reads history.json; throws `malformed` for what no run has written. */
export function parseHistory(text: string, file: string): History {
  const read = v.safeParse(document, parsed(text));
  if (read.success) return { runs: read.output.runs, took: new Map(Object.entries(read.output.took ?? {})) };
  throw fail('malformed', file, 'is no trend of earlier runs', 'remove it');
}
