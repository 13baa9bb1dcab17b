import { type Failure, fail } from '../failure.ts';
import { type HostKind, inputLabel } from '../settings/input.ts';
import type { Checkout } from './checkout.ts';
import { revisionKey } from './read-record.ts';
import type { AbbreviatedRevision, BuiltSource, SourceRecord } from './record.ts';
import type { SourceRule } from './settings.ts';

/** From which source a full build of an image is made. */
export type SourceDecision =
  | { readonly kind: 'checkout'; readonly why: CheckoutReason; readonly built: BuiltSource }
  /** In a working tree of its own at the commit that the published image was built from. */
  | { readonly kind: 'commit'; readonly revision: string }
  | {
      readonly kind: 'held';
      readonly failure: Failure;
      /** Whether the history that the clone lacks could change it. */
      readonly wantsHistory: boolean;
    };

/** Why what is checked out is what has to be built. */
export type CheckoutReason = 'first-publication' | 'as-asked' | 'same-content';

/** What the decision rests on. */
export interface SourceQuestion {
  readonly name: string;
  readonly host: HostKind;
  readonly rule: SourceRule;
  /** Absent on a first publication. */
  readonly record?: SourceRecord;
  /** Absent where the folder is in no git repository. */
  readonly checkout?: Checkout;
  /** The folder, where git does not read it because it belongs to another user. */
  readonly ofAnotherUser?: string;
  /** Folders and files of the build, from the folder of the run. */
  readonly paths: readonly string[];
  /** Files that the build reads where they are. */
  readonly optional?: readonly string[];
  /** Whether files outside those paths ask for the same build at another commit: arguments, target, contexts. */
  readonly isStatedAlike?: (revision: string) => Promise<boolean>;
  /** Folder below that of the run in which runs leave their files. */
  readonly left?: string;
}

/** Decides what a full build is made from; whoever can write a label chooses no commit that this repository does not hold. */
export async function decideSource(question: SourceQuestion): Promise<SourceDecision> {
  const { rule, record, checkout, paths, optional = [] } = question;
  const read = [...paths, ...optional];
  const here = async (): Promise<BuiltSource> =>
    checkout === undefined
      ? { dirty: true }
      : { revision: checkout.head, dirty: await checkout.isDirty(read, question.left) };
  if (record === undefined) return { kind: 'checkout', why: 'first-publication', built: await here() };
  if (rule === 'checkout') return { kind: 'checkout', why: 'as-asked', built: await here() };
  if (record.kind === 'unreadable') return { kind: 'held', failure: record.failure, wantsHistory: false };
  if (record.kind === 'absent' && record.abbreviated !== undefined) return heldFor(question, record.abbreviated);
  if (record.kind !== 'recorded') return held(question, unrecorded(record));
  if (record.dirty)
    return held(
      question,
      `the published image was built from ${short(record.revision)} with changes that are in no commit`,
    );
  if (checkout === undefined) {
    const built = `the published image was built from ${short(record.revision)}`;
    if (question.ofAnotherUser === undefined)
      return held(question, `${built}, and this folder is in no git repository`);
    const remedy = `run git config --global --add safe.directory ${question.ofAnotherUser}`;
    return held(question, `${built}, and git does not read this folder, which belongs to another user`, remedy, false);
  }
  const { revision } = record;
  const membership = await checkout.membershipOf(revision);
  if (membership !== 'contained') return held(question, notOurs(revision, membership), remedyFor(membership));
  const isUnchanged =
    (await checkout.isSame(revision, paths, optional)) && !(await checkout.isDirty(read, question.left));
  if (isUnchanged && (await (question.isStatedAlike?.(revision) ?? true))) {
    return { kind: 'checkout', why: 'same-content', built: { revision, dirty: false } };
  }
  return { kind: 'commit', revision };
}

function unrecorded(record: Extract<SourceRecord, { readonly kind: 'absent' | 'disputed' }>): string {
  if (record.kind === 'absent') return 'nothing records the commit that the published image was built from';
  const named = [
    ...new Set(record.statements.map(({ revision, dirty }) => `${short(revision)}${dirty ? ' with changes' : ''}`)),
  ];
  return `its records name different commits: ${named.join(', ')}`;
}

function heldFor(question: SourceQuestion, { evidence, text }: AbbreviatedRevision): SourceDecision {
  const isShallow = question.checkout?.isShallow === true;
  const fact = isShallow
    ? 'which this shallow clone cannot resolve'
    : 'with which no single commit of this repository begins';
  const detail = `the ${evidence} ${revisionKey} of the published image abbreviates the commit to ${text}, ${fact}`;
  const remedy = isShallow ? remedyFor('not-fetched') : 'write the full commit into it with the next release';
  return held(question, detail, remedy, false);
}

function notOurs(revision: string, membership: 'elsewhere' | 'not-fetched' | 'unknown-commit'): string {
  switch (membership) {
    case 'elsewhere':
      return `the published image was built from ${short(revision)}, which neither the checked-out branch nor a tag contains`;
    case 'not-fetched':
      return `the published image was built from ${short(revision)}, which this shallow clone does not hold`;
    case 'unknown-commit':
      return `the published image was built from ${short(revision)}, which is no commit of this repository`;
  }
}

function remedyFor(membership: 'elsewhere' | 'not-fetched' | 'unknown-commit'): string | undefined {
  return membership === 'not-fetched' ? 'fetch the whole history (fetch-depth: 0 of actions/checkout)' : undefined;
}

function held(
  { name, host }: SourceQuestion,
  detail: string,
  remedy?: string,
  wantsHistory = remedy !== undefined,
): SourceDecision {
  const otherwise = `set ${inputLabel(host, 'source')} to checkout once to build what is checked out and record it`;
  const whole = remedy === undefined ? otherwise : `${remedy}, or ${otherwise}`;
  const { failure } = fail('source-unknown', name, `not built: ${detail}`, whole);
  return { kind: 'held', failure, wantsHistory };
}

function short(revision: string): string {
  return revision.slice(0, 12);
}
