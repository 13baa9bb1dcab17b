import { attempt, type Failure, type FailureError, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, parseReference } from '../oci/reference.ts';
import type { RegistryRecord } from '../promote/registry-record.ts';
import { currentDigest } from '../promote/release.ts';
import { reportOf } from '../refresh/assemble-report.ts';
import type { Run } from '../refresh/context.ts';
import { findPromotion } from '../refresh/promotion-evidence.ts';
import { mergeReports } from '../report/merge.ts';
import type { RefreshReport, ReportedImage } from '../report/report.ts';
import { totalsOf } from '../report/totals.ts';
import { inputLabel } from '../settings/input.ts';
import { believedRecords } from './digests.ts';
import { isPending, withoutPending } from './native-lines.ts';
import { notFollowed, replacedParent } from './replaced-parent.ts';
import type { ListedImage, RunFile, RunLeg } from './run-file.ts';

/** What a run came to, and the legs that left no report of it. */
export interface MergedRun {
  readonly report: RefreshReport;
  readonly missing: readonly string[];
}

/**
 * One report of a run: a line for each image that was planned. What a leg left no line of is looked for in the registry,
 * whose records say what was promoted; all else that a leg took along is not known.
 */
export async function mergeRun(run: Run, file: RunFile, reports: readonly RefreshReport[]): Promise<MergedRun> {
  const plans = reports.filter((report) => isPlanOf(run, file, report));
  const legs = reports.filter((report) => isOf(run, file, report)).map((report) => ownLines(run, file, report));
  const merged = mergeReports(legs.length === 0 ? [reportOf(run, 'refresh', [], [])] : withoutPending(file, legs));
  const planned = new Map(plans.flatMap(({ images }) => images).map((image) => [image.name, image]));
  const own = new Map(merged.images.map((image) => [image.name, image]));
  const missing = new Set<string>();
  const reported = new Set(legs.flatMap(({ run: whose }) => whose?.shard ?? []));
  const images = await Promise.all(
    file.images.map(async (image) => {
      const line = own.get(image.name);
      const mine = file.legs.filter((one) => one.images.includes(image.name));
      if (line !== undefined && !(isPending(line) && mine.length > 1)) return borneOut(run, file, image, line);
      const [leg] = mine.filter(({ id }) => !reported.has(id)).concat(mine);
      if (leg === undefined) return unplanned(image, planned.get(image.name));
      if (!reported.has(leg.id)) missing.add(leg.id);
      return missed(run, file, image, leg, reported.has(leg.id) ? 'did not come to join its platforms' : undefined);
    }),
  );
  const listed = new Set(file.images.map(({ name }) => name));
  const all = [...images, ...[...planned.values()].filter(({ name }) => !listed.has(name))];
  const unknown = plans.length === 0 ? [withoutPlan(file)] : lackingLines(file, all);
  const failures = new Map(
    [...unknown, ...[...plans, merged].flatMap((one) => one.failures)].map((failure) => [
      JSON.stringify(failure),
      failure,
    ]),
  );
  return {
    report: { ...merged, images: all, failures: [...failures.values()], totals: totalsOf(all) },
    missing: file.legs.map(({ id }) => id).filter((id) => missing.has(id)),
  };
}

const isPlan = ({ command }: RefreshReport) => command === 'plan' || command === 'check';

// A plan writes its run between the beginning and the end of its report.
function isPlanOf({ host }: Run, { id, at }: RunFile, report: RefreshReport): boolean {
  if (!isPlan(report)) return false;
  const [began, written, ended] = [report.startedAt, at, report.finishedAt].map((time) => Date.parse(time));
  if (began !== undefined && written !== undefined && ended !== undefined && began <= written && written <= ended)
    return true;
  host.log(
    'warning',
    `a report of ${report.command} of ${report.finishedAt} is not of the run ${id}: it was left out.`,
  );
  return false;
}

// Files that could not be read and images that are current stand in that report alone.
function withoutPlan({ id }: RunFile): Failure {
  const detail = `the report of the plan of ${id} is not there, so what it found outside the legs is not known`;
  return fail('stopped', 'report', detail, 'give the report.json that plan has saved beside run.json').failure;
}

// What was current stands in the report of the plan alone, which any job can replace; run.json says how many there were.
function lackingLines({ totals, images }: RunFile, all: readonly ReportedImage[]): readonly Failure[] {
  const found = all.length - images.length;
  if (found >= totals.current) return [];
  const detail = `the plan found ${totals.current} images current, and its report has ${found} of them`;
  return [fail('stopped', 'report', detail, 'give the report.json that plan has saved beside run.json').failure];
}

// A leg speaks of its own images: what it says of another's is nothing that was found there.
function ownLines({ host }: Run, { legs }: RunFile, report: RefreshReport): RefreshReport {
  const shard = report.run?.shard ?? '';
  const mine = new Set(legs.find(({ id }) => id === shard)?.images);
  const [foreign] = report.images.filter(({ name }) => !mine.has(name));
  if (foreign === undefined) return report;
  host.log(
    'warning',
    `a report of leg ${shard} speaks of ${foreign.name}, which that leg was not to do: it was left out.`,
  );
  return { ...report, images: report.images.filter(({ name }) => mine.has(name)) };
}

/** What a leg reports, as long as release tags bear it out: what it promoted is there, and what was stale is no more. */
async function borneOut(run: Run, file: RunFile, image: ListedImage, line: ReportedImage): Promise<ReportedImage> {
  const { promotion, verdict, failure } = line;
  // The run alone says what was not current: any job can replace the report of the plan.
  const isMended = image.verdict !== 'current' && (promotion !== null || verdict === 'current');
  const isFollowing = promotion === null && image.verdict === 'current' && image.parents.length > 0;
  if (failure !== null || (promotion === null && !isMended && !isFollowing)) return line;
  const read = await attempt(image.name, async () => {
    const same: string[] = [];
    for (const { reference, digest } of image.releases) {
      const now = await currentDigest(run.registry, parseReference(reference));
      if (promotion !== null && now !== promotion.digest) throw displaced(reference, promotion.digest, now);
      if (now === (digest ?? undefined)) same.push(reference);
    }
    const [first] = promotion === null || same.length === image.releases.length ? same : [];
    // The same bytes on another base have no other digest, and a record of their promotion.
    if (first === undefined || (!isMended && !isFollowing)) return;
    const parent = isMended ? undefined : await replacedParent(run, file, image);
    if ((isMended || parent !== undefined) && !(await isRecorded(run, file, image)))
      throw parent === undefined ? unmended(first, image.verdict) : notFollowed(first, parent);
  });
  return read.kind === 'done' ? line : { ...line, failure: read.failure };
}

async function isRecorded(run: Run, file: RunFile, image: ListedImage): Promise<boolean> {
  const [release] = image.releases;
  if (release?.digest === undefined || release.digest === null || !believesAsLegs(run, file, image)) return false;
  const found = await findPromotion(run, { ...parseReference(release.reference), digest: release.digest });
  return found.kind === 'promoted' && found.record.recipe === image.recipe;
}

// On the digests of the plan a leg finds what the plan has found, until another digest is released.
function unmended(reference: string, verdict: ListedImage['verdict']): FailureError {
  const fact = `was ${verdict} when the run was planned and names the same now, and its leg reports it as mended`;
  return fail('base-unknown', familiar(parseReference(reference)), fact, 'run the leg again', { retryable: true });
}

function displaced(reference: string, digest: string, now: Digest | undefined): FailureError {
  const fact = `was reported as promoted to ${digest}, and names ${now ?? 'nothing'}`;
  return fail('moved', familiar(parseReference(reference)), fact, 'plan again', { retryable: true });
}

// An artifact of another night under the same name says nothing of this one.
function isOf({ host }: Run, file: RunFile, report: RefreshReport): boolean {
  if (isPlan(report)) return false;
  if (report.run?.id === file.id) return true;
  const whose = report.run === undefined ? 'no run that was planned' : `the run ${report.run.id}`;
  host.log('warning', `a report of ${report.finishedAt} is of ${whose}, and not of ${file.id}: it was left out.`);
  return false;
}

function lineOf(image: ListedImage): ReportedImage {
  const { name, dockerfile, because, releases, level } = image;
  return {
    ...{ name, image: releases[0]?.reference ?? null, dockerfile, verdict: 'unknown', bases: [] },
    plan: { action: 'rebuild', because, level: level - 1 },
    ...{ build: null, scan: null, gate: null, promotion: null, signature: null, deployment: null, failure: null },
  };
}

// No leg was to do it: it could not be checked, or was held before anything was built.
function unplanned(image: ListedImage, line: ReportedImage = lineOf(image)): ReportedImage {
  return { ...line, failure: line.failure ?? failureOf(image) };
}

function failureOf({ failure, name }: ListedImage): Failure {
  if (failure === null) return fail('internal', name, 'is in no leg, and nothing says why').failure;
  const { code: _, ...words } = failure;
  // A code of another version says nothing here that its words do not.
  return { code: 'base-unknown', ...words };
}

async function missed(
  run: Run,
  file: RunFile,
  image: ListedImage,
  leg: RunLeg,
  what = 'left nothing',
): Promise<ReportedImage> {
  const line = lineOf(image);
  const [release] = image.releases;
  if (release === undefined) return { ...line, failure: lost(image, leg, what) };
  const reference = parseReference(release.reference);
  const found = await attempt(image.name, async () => {
    const digest = await currentDigest(run.registry, reference);
    const evidence = digest === undefined ? undefined : await findPromotion(run, { ...reference, digest });
    return { digest, record: evidence?.kind === 'promoted' ? evidence.record : undefined };
  });
  if (found.kind === 'failed') return { ...line, failure: found.failure };
  const { digest, record } = found.value;
  if (record !== undefined && !believesAsLegs(run, file, image)) {
    const label = inputLabel(run.host.kind, 'config');
    const also = ', and what the registry records is not taken here, where verify-attestations is not that of the plan';
    return {
      ...line,
      failure: lost(image, leg, `${what}${also}`, `give the report the configuration of the plan, such as by ${label}`),
    };
  }
  if (digest !== undefined && record?.recipe === image.recipe) {
    const apart = await strayTag(run, image, digest);
    if (apart === undefined) return promotedBy(line, record, digest, leg);
    return { ...line, failure: lost(image, leg, `${what}, and ${apart} does not name what it promoted`) };
  }
  const isAsPlanned = (digest ?? null) === release.digest;
  const instead = `, and ${familiar(reference)} names ${digest ?? 'nothing'}, which this run did not put there`;
  return { ...line, failure: lost(image, leg, isAsPlanned ? what : `${what}${instead}`) };
}

async function strayTag(run: Run, { releases }: ListedImage, digest: Digest): Promise<string | undefined> {
  for (const { reference } of releases.slice(1)) {
    const tag = parseReference(reference);
    if ((await currentDigest(run.registry, tag)) !== digest) return familiar(tag);
  }
  return undefined;
}

// A record that the legs would not take for a promotion is not one in their report.
function believesAsLegs({ config }: Run, { records, repositories = [] }: RunFile, image: ListedImage): boolean {
  const own = repositories.find(({ name }) => name === image.repository);
  return believedRecords(config) === (own?.records ?? records.digest);
}

function lost({ name }: ListedImage, leg: RunLeg, what: string, remedy = `run leg ${leg.id} again`): Failure {
  return fail('stopped', name, `leg ${leg.id} ${what}`, remedy, { retryable: true }).failure;
}

function promotedBy(line: ReportedImage, record: RegistryRecord, digest: Digest, leg: RunLeg): ReportedImage {
  const warnings = [
    `leg ${leg.id} left no report: the record of its promotion at ${record.at} says that ${record.gate.scanner} let it pass`,
  ];
  return {
    ...line,
    verdict: 'stale',
    gate: { verdict: 'pass', breaches: [], exceptionsUsed: [], exceptionsUnused: [], warnings, failure: null },
    promotion: {
      digest,
      tags: record.tags.map(({ reference, previous }) => ({
        reference: formatReference(parseReference(reference)),
        previous: previous ?? null,
      })),
    },
  };
}
