import { posix } from 'node:path';
import { attempt, type Failure } from '../failure.ts';
import { given } from '../table.ts';
import type { FileChange, UpdateGroup } from '../update/update.ts';
import type { Automerge, MergeMethod } from './automerge.ts';
import type { Branch, Forge, OpenedPullRequest, OpenRequest } from './forge.ts';
import { type BranchPrefix, branchPrefixes, planRequests, type RequestStep } from './plan-requests.ts';
import { type RequestScope, wholeRepository } from './scope.ts';

/** What became of the pull request of one group, or of one that has no group any more. */
export type Proposal = { readonly branch: string /** Absent where there is none yet. */; readonly url?: string } & (
  | ({ readonly action: 'opened' | 'updated' | 'unchanged' | 'closed' } & Afterwards)
  | { readonly action: 'failed'; readonly failure: Failure }
);

interface Afterwards {
  /** Why an opened one has no labels, where the host refused them. */
  readonly unlabelled?: Failure;
  /** Whether the host merges it when its checks pass, or leaves a draft alone; absent where it was not asked. */
  readonly automerge?: Automerge;
  /** Why the host does not merge it when its checks pass, where it was asked. */
  readonly unmerged?: Failure;
}

/** What proposing depends on. */
export interface ProposeOptions {
  readonly labels: readonly string[];
  /** Where the edited folder stands in its repository, with forward slashes. */
  readonly folder: string;
  /** Says what would be done, and writes nothing. */
  readonly dryRun: boolean;
  /** Whether pull requests may be closed: not where some references could not be checked. */
  readonly mayClose: boolean;
  /** What its branches begin with; that of Dockerfiles when absent. */
  readonly prefix?: BranchPrefix;
  /** What of the repository the run is about; all of it when absent. */
  readonly scope?: RequestScope;
  /** How the host is asked to merge them; absent where it is not. */
  readonly automerge?: MergeMethod;
}

/** Has one open pull request for each group, brings it up to date, and closes those whose group has nothing left. */
export async function propose(
  forge: Forge,
  groups: readonly UpdateGroup[],
  options: ProposeOptions,
): Promise<readonly Proposal[]> {
  const target = await forge.target();
  const { prefix = branchPrefixes.dockerfiles } = options;
  const open = await forge.open(target, prefix);
  const steps = planRequests(inRepository(groups, options.folder), open, {
    labels: options.labels,
    prefix,
    scope: options.scope ?? wholeRepository,
    longestBody: forge.longestBody,
  });
  const taken = steps.filter(({ kind }) => kind !== 'close' || options.mayClose);
  const proposals: Proposal[] = [];
  // One after another: hosts ask that what creates content is not sent side by side.
  for (const step of taken) proposals.push(await carryOut(forge, target, step, options));
  return proposals;
}

function inRepository(groups: readonly UpdateGroup[], folder: string): readonly UpdateGroup[] {
  const moved = (file: FileChange) => ({ ...file, path: posix.join(folder, file.path) });
  return groups.map((group) => ({ ...group, files: group.files.map(moved) }));
}

const outcomes = { open: 'opened', update: 'updated', claim: 'updated', keep: 'unchanged', close: 'closed' } as const;

async function carryOut(forge: Forge, target: Branch, step: RequestStep, options: ProposeOptions): Promise<Proposal> {
  const branch = step.kind === 'open' ? step.branch : step.request.branch;
  const before = given('url', step.kind === 'open' ? undefined : step.request.url);
  if (options.dryRun) return { branch, action: outcomes[step.kind], ...before };
  const done = await attempt(branch, () => act(forge, target, step));
  if (done.kind === 'failed') return { branch, action: 'failed', ...before, failure: done.failure };
  const { url, unlabelled } = done.value;
  const merging = step.kind === 'close' ? {} : await askToMerge(forge, target, done.value, options.automerge);
  return {
    branch,
    action: outcomes[step.kind],
    url,
    ...given('unlabelled', unlabelled),
    ...merging,
  };
}

// The pull request stays, whatever the host says to this.
async function askToMerge(
  forge: Forge,
  target: Branch,
  request: OpenRequest,
  method: MergeMethod | undefined,
): Promise<Pick<Afterwards, 'automerge' | 'unmerged'>> {
  if (method === undefined) return {};
  const asked = await attempt(request.url, () => forge.automerge(target, request, method));
  return asked.kind === 'done' ? { automerge: asked.value } : { unmerged: asked.failure };
}

async function act(forge: Forge, target: Branch, step: RequestStep): Promise<OpenedPullRequest> {
  switch (step.kind) {
    case 'keep':
      return step.request;
    case 'open': {
      await forge.push(target, step.branch, step.group.files, step.text.title);
      return forge.create(target, step.branch, step.text);
    }
    case 'update':
      await forge.push(target, step.request.branch, step.group.files, step.text.title);
      await forge.change(step.request, step.text);
      return step.request;
    case 'claim':
      await forge.change(step.request, step.text);
      return step.request;
    case 'close':
      await forge.close(step.request, 'Nothing of this is left to update, so it is closed.');
      return step.request;
  }
}
