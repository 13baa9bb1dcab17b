import { describeFailure } from '../failure.ts';
import type { ReportedWorkload } from './deployment.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { duration, familiarName, shortened } from './words.ts';

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
