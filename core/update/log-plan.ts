import { familiar } from '../oci/reference.ts';
import type { Host } from '../ports.ts';
import type { EndedReference, HeldUpdate, Location, PinnedReference, Update, UpdatePlan } from './update.ts';

/** Says in words what moves, what is held back and which pins need a look. */
export function logPlan(host: Host, plan: UpdatePlan, isWriting: boolean): void {
  for (const { updates } of plan.groups) for (const update of updates) host.log('info', updateLine(update, isWriting));
  for (const held of plan.held) host.log('info', heldLine(held));
  for (const pin of plan.pins) {
    const line = pinLine(pin);
    if (line !== undefined) host.log('warning', line);
  }
  for (const ended of plan.endOfLife) host.log('warning', endedLine(ended));
  if (plan.groups.length > 0 || plan.failures.length > 0) return;
  host.log('info', plan.held.length === 0 ? 'Nothing to update.' : 'Nothing is updated: what is newer is held.');
}

/** Puts a word beside every line whose pin a build cannot use, or not on all platforms. */
export function annotatePlan(host: Host, { pins }: UpdatePlan, placeInRepository: string): void {
  for (const pin of pins) {
    const message = pinLine(pin);
    if (message === undefined) continue;
    for (const { path, line } of pin.locations) {
      const place = placeInRepository === '' ? path : `${placeInRepository}/${path}`;
      host.annotate({ level: 'warning', title: 'Digest pin', message, path: place, line });
    }
  }
}

function updateLine({ from, to, kind, locations, notes }: Update, isWriting: boolean): string {
  const more = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return `${from} ${isWriting ? 'is now' : 'can be'} ${to}, ${kind}, in ${places(locations)}${more}`;
}

function heldLine({ from, to, reason, detail, locations }: HeldUpdate): string {
  if (reason === 'not-editable') return `${from} could be ${to}, but ${places(locations)} ${detail}`;
  return `${from} stays in ${places(locations)}: ${to} ${detail}`;
}

function endedLine({ reference, product, ends, tableOf, locations }: EndedReference): string {
  const source = tableOf === undefined ? 'as update.rules say' : `by a table of ${tableOf}`;
  return `${familiar(reference)} in ${places(locations)} gets no more fixes: ${product} ended on ${ends}, ${source}`;
}

function pinLine({ reference, state, replacement }: PinnedReference): string | undefined {
  const name = familiar(reference);
  const instead = replacement === undefined ? '' : `; it would now be ${familiar(replacement)}`;
  switch (state) {
    case 'vanished':
      return `${name} is gone from the registry, so that nothing can be built on it${instead}`;
    case 'platform-manifest':
      return `${name} pins the manifest of one platform and not the index of all${instead}`;
    case 'current':
    case 'moved':
    case 'untagged':
      return undefined;
  }
}

function places(locations: readonly Location[]): string {
  return locations.map(({ path, line }) => `${path}:${line}`).join(', ');
}
