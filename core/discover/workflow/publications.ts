import { RE2JS } from 're2js';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from '../../json.ts';
import { newestRelease, type Origin, usual } from '../origin.ts';
import { isKnown, notKnown } from '../unknown.ts';

/** One way in which a workflow starts that may publish: what github says in such a run. */
export interface Publication {
  readonly event: string;
  /** Such as "the default branch". */
  readonly label: string;
  readonly refType: 'branch' | 'tag';
  /** The name of the branch or tag, as far as it is known. */
  readonly ref: string;
  /** Undefined where it is not known. */
  readonly isDefault?: boolean;
}

// Started by what somebody else sends in, by what is published already, or without anything new.
const publishesNothing = new Set([
  ...['pull_request', 'pull_request_target', 'pull_request_review', 'pull_request_review_comment', 'merge_group'],
  ...['issues', 'issue_comment', 'label', 'milestone', 'watch', 'fork', 'gollum', 'discussion', 'discussion_comment'],
  ...['check_run', 'check_suite', 'branch_protection_rule', 'status', 'member', 'public', 'project', 'workflow_call'],
]);
// Of one that starts on other events too, what a person starts by hand says nothing new.
const byHand = new Set(['workflow_dispatch', 'repository_dispatch']);

/** The runs of a workflow that may publish, by what starts it. */
export function publicationsOf(on: unknown, origin: Origin): readonly Publication[] {
  const events = eventsOf(on);
  const branch = defaultBranchOf(events, origin);
  const name = branch ?? notKnown('the name of the default branch is not known here');
  const onDefault = (event: string): Publication => ({
    event,
    label: 'the default branch',
    refType: 'branch',
    ref: name,
    isDefault: true,
  });
  const found = [...events].flatMap(([event, filters]): readonly Publication[] => {
    if (publishesNothing.has(event) || byHand.has(event)) return [];
    if (event === 'push') return pushes(filters, branch, onDefault(event), origin);
    if (event === 'release') return [release(event, origin, () => true)];
    return [onDefault(event)];
  });
  if (found.length > 0) return found;
  return [...events.keys()].filter((event) => byHand.has(event)).map(onDefault);
}

function eventsOf(on: unknown): ReadonlyMap<string, Mapping> {
  const single = textOf(on);
  if (on === undefined) return new Map([['push', {}]]);
  if (single !== undefined) return new Map([[single, {}]]);
  if (Array.isArray(on)) return new Map(textsOf(on).map((event) => [event, {}]));
  return new Map(Object.entries(mappingOf(on) ?? {}).map(([event, filters]) => [event, mappingOf(filters) ?? {}]));
}

// Where git says nothing, a workflow that pushes of one branch alone names it.
function defaultBranchOf(events: ReadonlyMap<string, Mapping>, { defaultBranch }: Origin): string | undefined {
  if (defaultBranch !== undefined) return defaultBranch;
  const named = listInput(events.get('push')?.branches).filter((pattern) => usual(pattern) !== undefined);
  return named.length === 1 ? named[0] : undefined;
}

function listInput(value: unknown): readonly string[] {
  const single = textOf(value);
  return single === undefined ? itemsOf(value).flatMap((item) => textOf(item) ?? []) : [single];
}

function pushes(
  filters: Mapping,
  branch: string | undefined,
  onDefault: Publication,
  origin: Origin,
): readonly Publication[] {
  const [branches, tags] = [filterOf(filters, 'branches'), filterOf(filters, 'tags')];
  const isOnBranches = branches !== undefined || tags === undefined;
  const isOnTags = tags !== undefined || branches === undefined;
  const ofBranches = isOnBranches ? branchPushes(filters, branches ?? (() => true), branch, onDefault) : [];
  return [...ofBranches, ...(isOnTags ? [release('push', origin, tags ?? (() => true))] : [])];
}

type Filter = (name: string) => boolean;

function branchPushes(
  filters: Mapping,
  fits: Filter,
  branch: string | undefined,
  onDefault: Publication,
): readonly Publication[] {
  const literal = listInput(filters.branches).filter((pattern) => /^[\w./-]+$/.test(pattern));
  if (branch === undefined && literal.length > 0 && literal.length === listInput(filters.branches).length) {
    return literal.map((ref) => ({ event: 'push', label: `the branch ${ref}`, refType: 'branch', ref }));
  }
  if (branch === undefined || fits(branch)) return [onDefault];
  return literal.map((ref) => ({
    event: 'push',
    label: `the branch ${ref}`,
    refType: 'branch',
    ref,
    isDefault: false,
  }));
}

function release(event: string, { tags }: Origin, fits: Filter): Publication {
  const newest = newestRelease(tags.filter(fits));
  const ref = newest ?? notKnown('no tag of a release is in this checkout');
  return { event, label: 'the newest release', refType: 'tag', ref };
}

/** Whether a release is known by its tag. */
export function isKnownRelease({ ref, refType }: Publication): boolean {
  return refType === 'tag' && isKnown(ref);
}

// "branches" and "branches-ignore" do not stand together; the last pattern that fits counts.
function filterOf(filters: Mapping, name: 'branches' | 'tags'): Filter | undefined {
  const [wanted, unwanted] = [listInput(filters[name]), listInput(filters[`${name}-ignore`])];
  if (unwanted.length > 0) return (text) => !fitsAny(unwanted, text);
  return wanted.length === 0 ? undefined : (text) => fitsAny(wanted, text);
}

function fitsAny(patterns: readonly string[], text: string): boolean {
  let fits = false;
  for (const pattern of patterns.slice(0, 100)) {
    const isNot = pattern.startsWith('!');
    if (expressionOf(isNot ? pattern.slice(1) : pattern)?.matches(text) === true) fits = !isNot;
  }
  return fits;
}

// GitHub, "Filter pattern cheat sheet": ? and + are about the character before them.
function expressionOf(pattern: string): RE2JS | undefined {
  const source = pattern.slice(0, 500).replace(/\*\*|[\s\S]/g, (mark) => {
    if (mark === '**') return '.*';
    if (mark === '*') return '[^/]*';
    return /[?+[\]\w/-]/.test(mark) ? mark : `\\${mark}`;
  });
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}

/** What the context `github` says in such a run. */
export function githubOf(publication: Publication, { repository, owner, server, defaultBranch }: Origin): Mapping {
  const { event, ref, refType } = publication;
  const missing = 'neither a run on GitHub nor the remote of git says it';
  const branch = defaultBranch ?? (publication.isDefault === true ? ref : undefined);
  return {
    event_name: event,
    ref: `refs/${refType === 'tag' ? 'tags' : 'heads'}/${ref}`,
    ref_name: ref,
    ref_type: refType,
    head_ref: '',
    base_ref: '',
    server_url: server ?? 'https://github.com',
    repository: repository ?? notKnown(`github.repository: ${missing}`),
    repository_owner: owner ?? notKnown(`github.repository_owner: ${missing}`),
    workspace: '.',
    actor: notKnown('who starts a run'),
    event: {
      ...{ pull_request: null, issue: null, comment: null, release: null, deleted: false },
      ...(byHand.has(event) ? {} : { inputs: null, client_payload: null }),
      // What runs behind another workflow publishes where that has gone well.
      workflow_run: event === 'workflow_run' ? { conclusion: 'success' } : null,
      ...(event === 'release'
        ? {
            release: {
              tag_name: ref,
              prerelease: false,
              draft: false,
              target_commitish: notKnown('the branch of a release'),
            },
          }
        : {}),
      ...(refType === 'tag' ? { base_ref: notKnown('the branch of a tag') } : {}),
      repository: {
        ...(branch === undefined ? {} : { default_branch: branch }),
        ...(repository === undefined ? {} : { name: repository.split('/')[1] ?? '', full_name: repository }),
        ...(owner === undefined ? {} : { owner: { login: owner, name: owner } }),
        fork: false,
      },
    },
  };
}
