import { type Failure, isUsageFailure } from '../failure.ts';
import type { Conclusion } from '../ports.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** Counts the images of a run by verdict and by how far they came. */
export function totalsOf(images: readonly ReportedImage[]): RefreshReport['totals'] {
  const count = (wanted: (image: ReportedImage) => boolean) => images.filter(wanted).length;
  const unrecorded = count(({ verdict }) => verdict === 'unrecorded');
  return {
    images: images.length,
    current: count(({ verdict }) => verdict === 'current'),
    ...(unrecorded === 0 ? {} : { unrecorded }),
    stale: count(({ verdict }) => verdict === 'stale'),
    unknown: count(({ verdict }) => verdict === 'unknown' || verdict === 'lacks-platform'),
    rebuilt: count(({ build }) => build !== null),
    promoted: count(({ promotion }) => promotion !== null),
    held: count(
      ({ gate, validation, held }) =>
        held !== undefined || [gate, validation].some((outcome) => outcome != null && outcome.verdict !== 'pass'),
    ),
    failed: count(({ failure }) => failure !== null && failure.code !== 'parent-failed'),
  };
}

/**
 * How a run ends. A usage error outranks what could not be completed, and that outranks policy:
 * a run that both failed its gate and could not check everything is incomplete (exit code 3).
 */
export function conclusionOf(report: RefreshReport, failOn: 'stale' | 'never'): Conclusion {
  if (isMisused(report)) return 'usage-error';
  if (report.failures.length > 0 || report.images.some((image) => isIncomplete(report, image))) return 'incomplete';
  const isMissed = report.objectives?.some(({ met }) => !met) ?? false;
  const isRefused = isMissed || report.images.some((image) => isAgainstPolicy(report, image, failOn));
  return isRefused ? 'policy-failed' : 'succeeded';
}

// Where files could not be read, an image may have no name for that, and not because no name was given.
function isMisused({ images, failures }: RefreshReport): boolean {
  const isPartlyRead = failures.some((failure) => !isUsageFailure(failure));
  const counting = images.filter(({ image }) => image !== null || !isPartlyRead);
  return [...failures, ...counting.flatMap(failuresOfImage)].some(isUsageFailure);
}

/** Every failure of a run: of the run itself, of its images and of their bases. */
export function failuresOf(report: RefreshReport): readonly Failure[] {
  return [...report.failures, ...report.images.flatMap(failuresOfImage)];
}

/** Every failure of one image, each once. */
export function failuresOfImage({ failure, bases, scan, gate, deployment }: ReportedImage): readonly Failure[] {
  const rolling = (deployment?.targets ?? []).flatMap((target) => [target, ...target.workloads]);
  const all = [
    ...[failure, ...bases.map((base) => base.failure), scan?.failure ?? null, gate?.failure ?? null],
    ...rolling.map((each) => each.failure ?? null),
  ];
  const distinct = new Map<string, Failure>();
  for (const found of all) {
    if (found !== null) distinct.set(`${found.code}\n${found.subject}\n${found.detail}`, found);
  }
  return [...distinct.values()];
}

function isIncomplete({ command }: RefreshReport, image: ReportedImage): boolean {
  const { failure, scan, gate, validation, verdict, bases, build, deployment } = image;
  if (deployment?.verdict === 'failed' || deployment?.verdict === 'held') return true;
  // What an earlier run found of its bases was that run's to end with.
  if (command === 'deploy') return failure !== null;
  // An image held back with its base says nothing of its own: what held the base counts, there.
  if (failure?.code === 'parent-failed') return false;
  if (failure !== null || gate?.verdict === 'inconclusive' || validation?.verdict === 'inconclusive') return true;
  if (scan !== null && scan.failure !== null) return true;
  if (bases.some((base) => base.verdict === 'unknown' || base.failure !== null)) return true;
  // `scan` and `rebase` compare nothing; elsewhere an image that was not rebuilt has to have a verdict.
  const compares = command === 'check' || command === 'plan' || command === 'refresh';
  return compares && verdict === 'unknown' && build === null;
}

function isAgainstPolicy(
  { command }: RefreshReport,
  { gate, validation, verdict, held }: ReportedImage,
  failOn: 'stale' | 'never',
) {
  if (held !== undefined || gate?.verdict === 'fail' || validation?.verdict === 'fail') return true;
  return (
    (command === 'check' || command === 'plan') &&
    failOn === 'stale' &&
    (verdict === 'stale' || verdict === 'unrecorded')
  );
}
