import { digestOf } from '../oci/digest.ts';
import type { UpdateGroup } from '../update/update.ts';
import { bodyOf, fingerprintIn, scopeIn, titleOf } from './body.ts';
import type { OpenRequest, RequestText } from './forge.ts';
import { type RequestScope, scopeKey, scopeSuffix, wholeRepository } from './scope.ts';

/** Only our own branches begin with one of these; what one command proposes leaves alone what another did. */
export const branchPrefixes = {
  dockerfiles: 'base-image-refresh/',
  references: 'base-image-refresh-references/',
  promoted: 'base-image-refresh-promoted/',
} as const;
export type BranchPrefix = (typeof branchPrefixes)[keyof typeof branchPrefixes];

/** What is to be done for one policy group. */
export type RequestStep =
  | { readonly kind: 'open'; readonly group: UpdateGroup; readonly branch: string; readonly text: RequestText }
  | {
      readonly kind: 'update';
      readonly group: UpdateGroup;
      readonly request: OpenRequest;
      readonly text: RequestText;
    }
  /** Says whose it is from now on: an earlier version did not, and its branch is as it should be. */
  | { readonly kind: 'claim'; readonly group: UpdateGroup; readonly request: OpenRequest; readonly text: RequestText }
  | { readonly kind: 'keep'; readonly group: UpdateGroup; readonly request: OpenRequest }
  | { readonly kind: 'close'; readonly request: OpenRequest };

/** What deciding about pull requests takes beside the groups. */
export interface RequestOptions {
  readonly labels: readonly string[];
  readonly longestBody: number;
  readonly prefix: BranchPrefix;
  readonly scope: RequestScope;
}

/** Decides for each group whether its pull request is opened, brought up to date or kept; those of the scope without a group are closed. */
export function planRequests(
  groups: readonly UpdateGroup[],
  open: readonly OpenRequest[],
  options: RequestOptions,
): readonly RequestStep[] {
  const key = scopeKey(options.scope);
  // A branch that merely begins like ours, without our mark in its pull request, is somebody's own.
  const ours = open.filter(({ body }) => [key, undefined].includes(scopeIn(body)));
  const steps = groups.filter(({ files }) => files.length > 0).map((group) => stepFor(group, open, ours, options));
  const taken = new Set(steps.map((step) => (step.kind === 'open' ? undefined : step.request.number)));
  const stale = ours.filter(({ number, body }) => !taken.has(number) && fingerprintIn(body) !== undefined);
  return [...steps, ...stale.map((request): RequestStep => ({ kind: 'close', request }))];
}

function stepFor(
  group: UpdateGroup,
  open: readonly OpenRequest[],
  ours: readonly OpenRequest[],
  { labels, longestBody, prefix, scope }: RequestOptions,
): RequestStep {
  const plain = branchOf(prefix, group.name);
  const scoped = `${plain}@${scopeSuffix(scope)}`;
  const fingerprint = fingerprintOf(group);
  // What an earlier version opened says no scope: the first run that has its group takes it over, branch and all.
  const request =
    ours.find(({ branch, body }) => [plain, scoped].includes(branch) && scopeIn(body) !== undefined) ??
    ours.find(({ branch }) => branch === plain);
  const isSame = request !== undefined && fingerprintIn(request.body) === fingerprint;
  if (isSame && scopeIn(request.body) !== undefined) return { kind: 'keep', group, request };
  const body = bodyOf(group, fingerprint, longestBody, scope);
  const text = { title: titleOf(group), body, labels };
  if (request !== undefined) return { kind: isSame ? 'claim' : 'update', group, request, text };
  const isFree = isWhole(scope) && !open.some(({ branch }) => branch === plain);
  return { kind: 'open', group, branch: isFree ? plain : scoped, text };
}

function isWhole(scope: RequestScope): boolean {
  return scopeKey(scope) === scopeKey(wholeRepository);
}

/** The branch of a group, as git allows it (git-check-ref-format). */
function branchOf(prefix: BranchPrefix, group: string): string {
  return `${prefix}${group.replace(/\.{2,}/g, '.').replace(/\.lock$/, '-lock')}`;
}

// What the branch would hold: the same files are the same pull request, whatever else has been committed since.
function fingerprintOf({ files }: UpdateGroup): string {
  const sorted = files.map(({ path, after }) => [path, after]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return digestOf(JSON.stringify(sorted));
}
