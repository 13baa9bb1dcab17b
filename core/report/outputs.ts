import { describeFailure, fail } from '../failure.ts';
import type { Conclusion, Host } from '../ports.ts';
import { namesOf } from '../table.ts';
import { deploymentOutcome } from './delivery-words.ts';
import { outcomeCounts } from './outcome.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** What later steps of a pipeline get of a report, by the names of outputs. */
export function outputsOf(report: RefreshReport): Readonly<Record<string, string>> {
  return {
    stale: staleIn(report, ({ verdict }) => verdict === 'stale'),
    'stale-count': String(report.images.filter(({ verdict }) => verdict === 'stale').length),
    counts: countsOf(report),
    refreshed: JSON.stringify(
      report.images.flatMap(({ promotion }) => promotion?.tags.map(({ reference }) => reference) ?? []),
    ),
    images: JSON.stringify(report.images.map(({ name, image, verdict }) => ({ name, image, verdict }))),
    gate: gateOf(report),
    deployment: deploymentOutcome(report),
  };
}

/** The same of merged reports, where an image that was promoted meanwhile is stale no longer. */
export function outputsOfMerged(
  report: RefreshReport,
  conclusion: Conclusion,
  missing: readonly string[],
): Readonly<Record<string, string>> {
  return {
    ...outputsOf(report),
    stale: stillStale(report),
    'stale-count': String(report.images.filter(isStill).length),
    conclusion,
    'missing-legs': JSON.stringify(missing),
  };
}

function isStill({ verdict, promotion }: ReportedImage): boolean {
  return verdict === 'stale' && promotion === null;
}

/** Whether any image is stale after the run: `true`, `false`, or `unknown` where one could not be checked and none is. */
export function stillStale(report: RefreshReport): 'true' | 'false' | 'unknown' {
  return staleIn(report, isStill);
}

// What could not be checked may be stale: only where every image was read and none is, the answer is no.
function staleIn(
  { images, failures }: RefreshReport,
  isStale: (image: ReportedImage) => boolean,
): 'true' | 'false' | 'unknown' {
  if (images.some(isStale)) return 'true';
  // A promotion that its release tags do not bear out stands beside the failure that says so.
  const isOpen = ({ verdict, promotion, failure }: ReportedImage) =>
    failure !== null || (promotion === null && verdict !== 'current');
  return failures.length > 0 || images.some(isOpen) ? 'unknown' : 'false';
}

function countsOf({ images }: RefreshReport): string {
  const counts = outcomeCounts(images);
  return JSON.stringify(
    Object.fromEntries(namesOf(counts).flatMap((name) => (counts[name] > 0 ? [[name, counts[name]]] : []))),
  );
}

// One word for all images: the worst of them, with "could not tell" worse than "no".
function gateOf(report: RefreshReport): string {
  // Of what was to be gated and never came to it, the verdict is not known either.
  const isGated = report.command !== 'check' && report.command !== 'plan' && !report.dryRun;
  const verdicts = report.images.flatMap(({ gate, failure }) => {
    if (gate !== null) return [gate.verdict];
    return isGated && failure !== null ? ['inconclusive' as const] : [];
  });
  return (['inconclusive', 'fail', 'pass'] as const).find((verdict) => verdicts.includes(verdict)) ?? '';
}

// GitHub takes 1 MB of all outputs of a job, counted in two bytes a character.
const longestOutput = 100_000;

/** Hands outputs to the host; one that is too long for a job is left empty, with a word about it. */
export function setOutputs(host: Host, outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) {
    if (value.length > longestOutput) {
      const detail = `would have ${value.length.toLocaleString('en-GB')} characters, so it was left empty`;
      const { failure } = fail('too-large', `output ${name}`, detail, 'read report.json instead');
      host.log('warning', describeFailure(failure));
    }
    host.setOutput(name, value.length > longestOutput ? '' : value);
  }
}
