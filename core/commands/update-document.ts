import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Proposal } from '../pull-request/propose.ts';
import type {
  EndedReference,
  HeldUpdate,
  Location,
  PinnedReference,
  Unchanged,
  Update,
  UpdatePlan,
} from '../update/update.ts';

/** What `update --format json` prints, ready to be serialised. */
export function updateDocument(plan: UpdatePlan, written: readonly string[], pullRequests: readonly Proposal[]) {
  return {
    schemaVersion: 1,
    updates: plan.groups.flatMap(({ name, updates }) => updates.map((update) => shownUpdate(name, update))),
    held: plan.held.map(shownHeld),
    unchanged: plan.unchanged.map(shownUnchanged),
    pins: plan.pins.map(shownPin),
    endOfLife: plan.endOfLife.map(shownEnd),
    failures: plan.failures,
    changed: plan.files.map(({ path }) => path),
    written,
    pullRequests: pullRequests.map(shownProposal),
  };
}

function shownProposal(proposal: Proposal) {
  return { url: null, failure: null, ...proposal };
}

function shownUpdate(group: string, { reference, target, kind, locations, notes }: Update) {
  return {
    group,
    from: formatReference(reference),
    to: formatReference(target),
    kind,
    locations: locations.map(shownLocation),
    notes,
  };
}

function shownHeld({ reference, target, kind, reason, detail, until, missing, locations }: HeldUpdate) {
  return {
    from: formatReference(reference),
    to: formatReference(target),
    kind,
    reason,
    detail,
    until: until?.toISOString() ?? null,
    missing: (missing ?? []).map(formatPlatform),
    locations: locations.map(shownLocation),
  };
}

function shownUnchanged({ reference, why, locations }: Unchanged) {
  return { reference: formatReference(reference), why, locations: locations.map(shownLocation) };
}

function shownPin({ reference, state, replacement, locations }: PinnedReference) {
  return {
    reference: formatReference(reference),
    state,
    replacement: replacement === undefined ? null : formatReference(replacement),
    locations: locations.map(shownLocation),
  };
}

function shownEnd({ reference, product, ends, tableOf, locations }: EndedReference) {
  return {
    reference: formatReference(reference),
    product,
    ends,
    tableOf: tableOf ?? null,
    locations: locations.map(shownLocation),
  };
}

function shownLocation({ path, line, via, through }: Location) {
  return { path, line, via, through: through ?? null };
}
