import { fail } from '../failure.ts';
import { given } from '../table.ts';
import { mergedLimits } from './rate-limits.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { totalsOf } from './totals.ts';

/**
 * One report of several, such as the shards of a matrix. Where two tell of one image, the later run is believed;
 * reports of different commands, or of dry and real runs, do not mix.
 */
export function mergeReports(reports: readonly RefreshReport[]): RefreshReport {
  const inOrder = reports.toSorted((a, b) => Date.parse(a.finishedAt) - Date.parse(b.finishedAt));
  const last = inOrder.at(-1);
  if (last === undefined) throw fail('usage', 'report', 'no report was given', 'name at least one report.json');
  for (const report of inOrder) refuseMixture(report, last);
  const images = [
    ...new Map(inOrder.flatMap((report) => report.images).map((image) => [keyOf(image), image])).values(),
  ];
  const { run: _, objectives, trend: __, ...whole } = last;
  return {
    ...whole,
    // What an objective says of one part is nothing of the whole.
    ...(reports.length === 1 ? given('objectives', objectives) : {}),
    startedAt: new Date(Math.min(...inOrder.map(({ startedAt }) => Date.parse(startedAt)))).toISOString(),
    policy: mergedPolicy(inOrder, last.policy),
    images,
    failures: distinct(inOrder.flatMap(({ failures }) => failures)),
    totals: totalsOf(images),
    requests: inOrder.map(({ requests }) => requests).reduce(addRequests),
  };
}

function refuseMixture(report: RefreshReport, last: RefreshReport): void {
  const remedy = 'merge reports of one kind';
  if (report.command !== last.command) {
    throw fail('usage', 'report', `a report of ${report.command} and one of ${last.command} do not mix`, remedy);
  }
  if (report.dryRun !== last.dryRun) {
    throw fail('usage', 'report', 'a report of a dry run and one of a real run do not mix', remedy);
  }
}

function keyOf({ dockerfile, name, image }: ReportedImage): string {
  return JSON.stringify([dockerfile, name, image]);
}

function mergedPolicy(reports: readonly RefreshReport[], last: RefreshReport['policy']): RefreshReport['policy'] {
  const same = distinct(reports.map(({ policy }) => policy)).length === 1;
  if (same) return last;
  const all = (holds: (policy: RefreshReport['policy']) => boolean) => reports.every(({ policy }) => holds(policy));
  return {
    severityThreshold: 'mixed',
    onlyFixable: all(({ onlyFixable }) => onlyFixable),
    newOnly: all(({ newOnly }) => newOnly),
  };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function addRequests(a: RefreshReport['requests'], b: RefreshReport['requests']): RefreshReport['requests'] {
  return {
    head: a.head + b.head,
    get: a.get + b.get,
    token: a.token + b.token,
    write: a.write + b.write,
    uploadedBytes: a.uploadedBytes + b.uploadedBytes,
    ...mergedLimits(a.rateLimits, b.rateLimits),
  };
}
