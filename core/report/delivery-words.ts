import { describeFailure } from '../failure.ts';
import { duration, shortened } from '../text/words.ts';
import type { ReportedWorkload } from './deployment.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { familiarName } from './words.ts';

const states: Readonly<Record<ReportedWorkload['state'], string>> = {
  'rolled-out': 'rolled out',
  current: 'already runs it',
  planned: 'would change',
  set: 'changed',
  pending: 'changed, not in effect yet',
  failed: 'did not roll out',
  unknown: 'may not have rolled out',
  'rolled-back': 'rolled back',
  refused: 'not changed',
};

/** Where an image was rolled out, a line for each workload and for each target that has none. */
export function deploymentLines({ deployment }: Pick<ReportedImage, 'deployment'>): readonly string[] {
  return (deployment?.targets ?? []).flatMap(({ name, workloads, state, why, failure, notes = [] }) => {
    const lines = workloads.map((workload) => `${name}: ${workloadWords(workload)}`);
    const held = state === 'held' ? [`${name}: held, ${why ?? 'the target before is not healthy'}`] : [];
    const failed = failure === undefined ? [] : [`${name}: not reached: ${describeFailure(failure)}`];
    const none = lines.length + held.length + failed.length === 0 ? [`${name}: no workload runs it`] : [];
    return [...lines, ...held, ...failed, ...none, ...notes.map((note) => `${name}: ${note}`)];
  });
}

/** One workload in words: what it is, what became of it, and from what to what. */
export function workloadWords({ kind, namespace, name, state, containers, why, durationMs }: ReportedWorkload): string {
  const took = state === 'rolled-out' ? ` in ${duration(durationMs)}` : '';
  const images = containers.map(
    ({ name: container, from, to }) => `${container} ${imageWords(from)} → ${imageWords(to)}`,
  );
  const reason = why === undefined ? '' : `, ${why}`;
  const moved = state === 'current' ? '' : ` (${images.join(', ')})`;
  return `${kind} ${namespace}/${name} ${states[state]}${took}${reason}${moved}`;
}

function imageWords(image: string): string {
  const [name = '', digest] = image.split('@');
  return digest === undefined ? familiarName(name) : `${familiarName(name)}@${shortened(digest)}`;
}

/** One word for the deployment of all images: the worst of them; nothing where none was asked for. */
export function deploymentOutcome({ images }: RefreshReport): string {
  const verdicts = images.flatMap(({ deployment }) => deployment?.verdict ?? []);
  return (
    (['failed', 'held', 'planned', 'pending', 'deployed', 'nowhere'] as const).find((one) => verdicts.includes(one)) ??
    ''
  );
}

/** What became of the candidate tag where that concerns somebody: it was left, or release tags may have gone with it. */
export function leftWords({ candidate, build, image, name }: ReportedImage): string | undefined {
  switch (candidate?.state) {
    case 'left':
      if (build === null) return undefined;
      return `candidate tag ${familiarName(build.candidate).replace(/@.*/, '')} was left: ${candidate.why ?? 'it could not be removed'}`;
    case 'lost':
      return `release tags of ${familiarName(image ?? name)} ${candidate.why ?? 'may be gone with the candidate tag'}`;
    case 'removed':
    case 'kept':
    case undefined:
      return undefined;
  }
}

/** The same of all images: a sentence for each that may have lost a release, and one for all tags that were left. */
export function leftBehind({ images }: RefreshReport): string | undefined {
  const leaving = images.filter((image) => leftWords(image) !== undefined);
  const lost = leaving
    .filter(({ candidate }) => candidate?.state === 'lost')
    .map((image) => `The ${leftWords(image)}.`);
  const left = leftOver(leaving.filter(({ candidate }) => candidate?.state === 'left'));
  const sentences = left === undefined ? lost : [...lost, left];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function leftOver([first, ...others]: readonly ReportedImage[]): string | undefined {
  if (first === undefined) return undefined;
  return `The ${leftWords(first)}${others.length === 0 ? '' : `; so were ${others.length} more`}.`;
}
