import { append } from '../append.ts';
import { byPath } from '../discover/walk.ts';
import type { Failure } from '../failure.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Decision } from './decide.ts';
import { applyUpdates, type EditedUse } from './edit.ts';
import type { SetArgument } from './edit-use.ts';
import type { EditableRepository, Use } from './repository.ts';
import type { UsedReference } from './subjects.ts';
import type {
  EndedReference,
  FileChange,
  HeldUpdate,
  Location,
  PinnedReference,
  Unchanged,
  Update,
  UpdateGroup,
  UpdatePlan,
} from './update.ts';

/** A decision with the uses that it is about. */
export interface Decided extends UsedReference {
  readonly decision: Decision;
}

/** Makes the edits that decisions ask for, group by group, and says what becomes of every reference. */
export async function planUpdates(
  repository: EditableRepository,
  decided: readonly Decided[],
  failures: readonly Failure[],
  setArgument: SetArgument,
): Promise<UpdatePlan> {
  const groups: UpdateGroup[] = [];
  const refused: HeldUpdate[] = [];
  let all = repository;
  for (const [name, members] of byGroup(decided)) {
    const wanted = wantedBy(members);
    const alone = await applyUpdates({ before: repository, from: repository }, wanted, setArgument);
    const together =
      all === repository ? alone : await applyUpdates({ before: repository, from: all }, wanted, setArgument);
    all = together.repository;
    const updates = members.flatMap((member) => updateOf(member, alone.uses));
    refused.push(...members.flatMap((member) => refusedOf(member, alone.uses)));
    if (updates.length > 0) groups.push({ name, updates, files: changesIn(alone.repository) });
  }
  return {
    groups,
    files: changesIn(all),
    held: [...decided.flatMap(heldOf), ...refused],
    unchanged: decided.flatMap(unchangedOf),
    pins: decided.flatMap(pinOf),
    endOfLife: decided.flatMap(endedOf),
    failures: distinct([...failures, ...decided.flatMap(({ decision }) => failureOf(decision))]),
  };
}

function byGroup(decided: readonly Decided[]): ReadonlyMap<string, readonly Decided[]> {
  const groups = new Map<string, Decided[]>();
  for (const one of decided) {
    if (one.decision.outcome.kind !== 'move') continue;
    const { group } = one.subject.choice;
    append(groups, group, one);
  }
  return groups;
}

function wantedBy(members: readonly Decided[]): ReadonlyMap<string, Reference> {
  return new Map(
    members.flatMap(({ subject, decision: { outcome } }) =>
      outcome.kind === 'move' ? [[formatReference(subject.reference), outcome.target] as const] : [],
    ),
  );
}

function updateOf({ subject, decision: { outcome } }: Decided, edited: readonly EditedUse[]): readonly Update[] {
  if (outcome.kind !== 'move') return [];
  const { reference } = subject;
  const own = edited.filter((one) => one.kind === 'edited' && isOf(one.use, reference));
  if (own.length === 0) return [];
  return [
    {
      reference,
      from: familiar(reference),
      to: familiar(outcome.target),
      kind: outcome.updateKind,
      target: outcome.target,
      locations: distinct(own.flatMap(editedLocation)),
      notes: [...outcome.notes, ...sharedNotes(own)],
    },
  ];
}

function refusedOf({ subject, decision: { outcome } }: Decided, edited: readonly EditedUse[]): readonly HeldUpdate[] {
  if (outcome.kind !== 'move') return [];
  const { reference } = subject;
  const { target, updateKind: kind } = outcome;
  const common = {
    reference,
    from: familiar(reference),
    to: familiar(target),
    target,
    kind,
    reason: 'not-editable' as const,
  };
  const own = edited.flatMap((one) => (one.kind === 'refused' && isOf(one.use, reference) ? [one] : []));
  return [...new Set(own.map(({ why }) => why))].map((detail) => ({
    ...common,
    detail,
    locations: distinct(own.filter(({ why }) => why === detail).map(({ use }) => locationOf(use))),
  }));
}

function heldOf({ subject, uses, decision }: Decided): readonly HeldUpdate[] {
  const { reference } = subject;
  const common = { reference, from: familiar(reference), locations: distinct(uses.map(locationOf)) };
  return decision.held.map((held) => ({ ...common, ...held, to: familiar(held.target) }));
}

function unchangedOf({ subject: { reference }, uses, decision: { outcome } }: Decided): readonly Unchanged[] {
  if (outcome.kind !== 'stay' || outcome.why === 'held') return [];
  return [{ reference, why: outcome.why, locations: distinct(uses.map(locationOf)) }];
}

function pinOf({ subject: { reference }, uses, decision: { pin } }: Decided): readonly PinnedReference[] {
  return pin === undefined ? [] : [{ reference, ...pin, locations: distinct(uses.map(locationOf)) }];
}

function endedOf({ subject: { reference }, uses, decision: { ended = [] } }: Decided): readonly EndedReference[] {
  const locations = distinct(uses.map(locationOf));
  return ended.map((one) => ({ reference, ...one, locations }));
}

function failureOf({ outcome }: Decision): readonly Failure[] {
  return outcome.kind === 'failed' ? [outcome.failure] : [];
}

function isOf(use: Use, reference: Reference): boolean {
  return formatReference(use.reference) === formatReference(reference);
}

function locationOf({ path, line, via }: Use): Location {
  return { path, line, via };
}

function editedLocation(one: EditedUse): readonly Location[] {
  if (one.kind !== 'edited') return [];
  const { path, line, through } = one.place;
  return [{ path, line, via: one.use.via, ...(through === undefined ? {} : { through }) }];
}

// A line that several uses share moves them all: whoever reads the change should know which.
function sharedNotes(edited: readonly EditedUse[]): readonly string[] {
  const users = new Map<string, Set<string>>();
  for (const one of edited) {
    if (one.kind !== 'edited' || one.place.through === undefined) continue;
    const place = `${one.place.through} on line ${one.place.line} of ${one.place.path}`;
    users.set(place, (users.get(place) ?? new Set()).add(`line ${one.use.line} of ${one.use.path}`));
  }
  const shared = [...users].filter(([, lines]) => lines.size > 1);
  return shared.map(([place, lines]) => `${place} feeds ${[...lines].join(' and ')}`);
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function changesIn({ texts, edited }: EditableRepository): readonly FileChange[] {
  const changes = [...edited].map(([path, after]) => ({ path, before: texts.get(path) ?? '', after }));
  return changes.filter(({ before, after }) => before !== after).sort((a, b) => byPath(a.path, b.path));
}
