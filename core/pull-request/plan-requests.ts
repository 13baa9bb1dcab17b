import { digestOf } from '../oci/digest.ts';
import type { UpdateGroup } from '../update/update.ts';
import { bodyOf, fingerprintIn, titleOf } from './body.ts';
import type { OpenRequest, RequestText } from './forge.ts';

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
  | { readonly kind: 'keep'; readonly group: UpdateGroup; readonly request: OpenRequest }
  | { readonly kind: 'close'; readonly request: OpenRequest };

/** Decides for each group whether its pull request is opened, brought up to date or kept; those without a group are closed. */
export function planRequests(
  groups: readonly UpdateGroup[],
  open: readonly OpenRequest[],
  options: { readonly labels: readonly string[]; readonly longestBody: number; readonly prefix: BranchPrefix },
): readonly RequestStep[] {
  const wanted = groups.filter(({ files }) => files.length > 0);
  const steps = wanted.map((group): RequestStep => {
    const branch = branchOf(options.prefix, group.name);
    const fingerprint = fingerprintOf(group);
    const request = open.find((candidate) => candidate.branch === branch);
    if (request !== undefined && fingerprintIn(request.body) === fingerprint) return { kind: 'keep', group, request };
    const text = {
      title: titleOf(group),
      body: bodyOf(group, fingerprint, options.longestBody),
      labels: options.labels,
    };
    return request === undefined ? { kind: 'open', group, branch, text } : { kind: 'update', group, request, text };
  });
  const branches = new Set(wanted.map(({ name }) => branchOf(options.prefix, name)));
  // A branch that merely begins like ours, without our mark in its pull request, is somebody's own.
  const stale = open.filter(({ branch, body }) => !branches.has(branch) && fingerprintIn(body) !== undefined);
  return [...steps, ...stale.map((request): RequestStep => ({ kind: 'close', request }))];
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
