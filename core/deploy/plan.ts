import { type Failure, fail } from '../failure.ts';
import { familiar, parseReference, type Reference, sameRepository } from '../oci/reference.ts';
import { followedRelease } from './annotations.ts';
import type { ContainerChange } from './change.ts';
import type { Deployable, DeployableTag } from './deployable.ts';
import { type ChangeEffect, effectOf } from './effect.ts';
import { managerOf } from './managed.ts';
import type { DeployTarget } from './settings.ts';
import { type Container, type Workload, workloadName } from './workload.ts';

/** What is to be done to one workload. */
export type WorkloadStep =
  | {
      readonly kind: 'change';
      readonly workload: Workload;
      readonly changes: readonly ContainerChange[];
      readonly effect: ChangeEffect;
    }
  /** It runs the digests already; whether it is well is still looked at. */
  | {
      readonly kind: 'keep';
      readonly workload: Workload;
      readonly changes: readonly ContainerChange[];
      readonly effect: ChangeEffect;
    }
  | {
      readonly kind: 'refuse';
      readonly workload: Workload;
      readonly changes: readonly ContainerChange[];
      readonly failure: Failure;
    };

export interface Selected {
  readonly workload: Workload;
  /** Containers that the target names; all when absent. */
  readonly containers?: readonly string[];
  /** Whether the target names the workload itself: it then moves from a digest of which nothing tells, too. */
  readonly named: boolean;
}

/** What is left alone though somebody may have meant it, in words. */
export interface Note {
  /** Names of the promoted images that it is about. */
  readonly images: readonly string[];
  readonly words: string;
}

export interface DeployPlan {
  readonly steps: readonly WorkloadStep[];
  readonly notes: readonly Note[];
}

/** Decides which containers of which workloads change to which digest. */
export function planTarget(
  target: Pick<DeployTarget, 'managed'>,
  selected: readonly Selected[],
  deployables: readonly Deployable[],
): DeployPlan {
  const planned = selected.map((each) => planWorkload(target, each, deployables));
  return {
    steps: planned.flatMap(({ step }) => step ?? []),
    notes: planned.flatMap(({ notes }) => notes),
  };
}

function planWorkload(
  target: Pick<DeployTarget, 'managed'>,
  { workload, containers, named }: Selected,
  deployables: readonly Deployable[],
): { readonly step?: WorkloadStep; readonly notes: readonly Note[] } {
  const matched = workload.containers
    .filter(({ name }) => containers === undefined || containers.includes(name))
    .map((container) => ({ container, match: matchOf(workload, container, named, deployables) }));
  const notes = matched.flatMap(({ container, match }) => {
    if (match.kind !== 'other') return [];
    const words = `${workloadName(workload)}: ${container.name} runs ${container.image} and was left unchanged: ${match.why}`;
    return [{ images: match.images, words }];
  });
  const changes = matched.flatMap(({ container, match }) =>
    match.kind === 'match' ? [changeOf(container, match.deployable, match.release)] : [],
  );
  if (changes.length === 0)
    return { notes: named && notes.length === 0 ? [unconcerned(workload, deployables)] : notes };
  const effect = effectOf(workload);
  const due = changes.filter(({ from, to }) => !isAt(from, to));
  if (due.length === 0) return { step: { kind: 'keep', workload, changes, effect }, notes };
  const failure = refusal(target, workload);
  if (failure !== undefined) return { step: { kind: 'refuse', workload, changes: due, failure }, notes };
  return { step: { kind: 'change', workload, changes: due, effect }, notes };
}

// Somebody who names a workload expects something of it.
function unconcerned(workload: Workload, deployables: readonly Deployable[]): Note {
  const images = deployables.map(({ image }) => image);
  return { images, words: `${workloadName(workload)}: none of the selected containers runs ${images.join(', ')}` };
}

type Match =
  | { readonly kind: 'match'; readonly deployable: Deployable; readonly release: DeployableTag }
  | { readonly kind: 'other'; readonly why: string; readonly images: readonly string[] }
  | { readonly kind: 'none' };

// A repository holds several lines of releases: what runs web:2 is not moved to what was promoted as web:1.
function matchOf(
  { annotations }: Workload,
  container: Container,
  named: boolean,
  deployables: readonly Deployable[],
): Match {
  const running = referenceIn(container.image);
  if (running === undefined) return { kind: 'none' };
  const candidates = deployables.flatMap((deployable) =>
    deployable.releases
      .filter(({ reference }) => sameRepository(reference, running))
      .map((release) => ({ deployable, release })),
  );
  const [first] = candidates;
  if (first === undefined) return { kind: 'none' };
  const followed = followedRelease(annotations, container.name, container.image);
  const fitting = candidates.filter(({ deployable, release: { reference, previous } }) => {
    if (running.tag !== undefined) return reference.tag === running.tag;
    if (followed !== undefined) return familiar(reference) === followed;
    return running.digest === deployable.digest || running.digest === previous;
  });
  // Who names a workload means what it runs, and not that it leaves the line that a tag or an earlier run put it on.
  const isOpen = named && running.tag === undefined && followed === undefined;
  const all = fitting.length > 0 || !isOpen ? fitting : candidates;
  const [chosen] = all;
  const images = [...new Set(candidates.map(({ deployable }) => deployable.image))];
  if (chosen === undefined) return { kind: 'other', images, why: `it is not one of ${tagsOf(candidates)}` };
  const isOne = all.every(({ deployable }) => deployable.digest === chosen.deployable.digest);
  if (isOne) return { kind: 'match', ...chosen };
  const why = `${tagsOf(all)} were promoted to different digests, and it is not known which it follows`;
  return { kind: 'other', images, why };
}

function tagsOf(candidates: readonly { readonly release: DeployableTag }[]): string {
  return candidates.map(({ release }) => familiar(release.reference)).join(', ');
}

function referenceIn(image: string): Reference | undefined {
  try {
    return parseReference(image);
  } catch {
    return undefined;
  }
}

// The name stays as it is written there: a cluster may know its own mirror or pull secret by it.
function changeOf(
  { name, init, image }: Container,
  deployable: Deployable,
  { reference, previous, successor = reference }: DeployableTag,
): ContainerChange {
  const repository = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  const isKnown = previous !== undefined && previous !== deployable.digest;
  return {
    container: name,
    init,
    from: image,
    to: `${repository}@${deployable.digest}`,
    // A tag that was promoted would bring back the bytes that did not work.
    back: image.includes('@') ? image : isKnown ? `${repository}@${previous}` : undefined,
    release: familiar(successor),
    image: deployable.image,
  };
}

/** Whether an image names the digest already, with a tag beside it or not. */
export function isAt(image: string, wanted: string): boolean {
  return image.replace(/^.*@/, '') === wanted.replace(/^.*@/, '');
}

function refusal({ managed }: Pick<DeployTarget, 'managed'>, workload: Workload): Failure | undefined {
  const subject = workloadName(workload);
  if (workload.paused) {
    return fail('deploy-failed', subject, 'its rollout is paused, so nothing was changed', 'resume it and run again')
      .failure;
  }
  const manager = managerOf(workload);
  if (manager === undefined || managed === 'allow') return undefined;
  const detail = `${manager} manages it and would revert the change, so nothing was changed`;
  return fail('deploy-failed', subject, detail, 'change its source, or set managed: allow').failure;
}
