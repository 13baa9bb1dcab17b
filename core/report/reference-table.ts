import type { ReferenceKind } from '../discover/references/readers.ts';
import { type Pens, paragraph, type TerminalOptions, terminal } from '../text/terminal.ts';
import { table } from '../text/terminal-table.ts';
import { counted } from '../text/words.ts';
import type { PinnedReference } from '../update/update.ts';
import type { ReferenceVerdict } from '../update/verdict-of-reference.ts';
import { familiarName } from './words.ts';

/** What `detect --references --format json` prints. */
export interface ReferenceDocument {
  readonly schemaVersion: 1;
  readonly references: readonly {
    readonly path: string;
    readonly line: number;
    readonly kind: ReferenceKind;
    readonly raw: string;
    readonly reference: string | null;
    readonly failure: { readonly detail: string } | null;
  }[];
}

/** One reference that `check --references` has a verdict on. */
export type CheckedReference = ReferenceDocument['references'][number] & {
  readonly verdict: ReferenceVerdict;
  readonly to: string | null;
  readonly pin: PinnedReference['state'] | null;
};

const verdictWords: Readonly<Record<ReferenceVerdict, string>> = {
  current: 'current',
  moved: 'the tag has moved since the pin',
  newer: 'a newer tag',
  gone: 'the pinned digest is gone',
  floating: 'a tag that moves, without a pin',
  'own-image': 'published by this repository',
  off: 'not asked about',
  unknown: 'unknown',
};

/** What `check --references` found: a table of verdicts, then why the unknown ones are not known. */
export function renderCheckedReferences(
  references: readonly CheckedReference[],
  options: TerminalOptions = {},
): string {
  const pens = terminal(options);
  const columns = [{ title: 'File' }, { title: 'Image' }, { title: 'Verdict' }];
  const rows = references.map(({ path, line, raw, reference, verdict, to }) => [
    { lines: [`${path}:${line}`] },
    { lines: [reference === null ? raw : familiarName(reference)] },
    { lines: [verdictWords[verdict], ...(to === null ? [] : [`→ ${familiarName(to)}`])], ink: inkOf(verdict, pens) },
  ]);
  const unknown = references.flatMap(({ path, line, failure }) =>
    failure === null ? [] : [pens.warn(paragraph(`${path}:${line}: unknown; ${failure.detail}.`, pens))],
  );
  const count = (wanted: ReferenceVerdict) => references.filter(({ verdict }) => verdict === wanted).length;
  const stale = count('moved') + count('newer') + count('gone');
  const total = `${counted(references.length, 'image reference')}: ${count('current')} current, ${stale} stale, ${count('unknown')} unknown.`;
  return [...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]), ...unknown, pens.bold(total)].join('\n');
}

function inkOf(verdict: ReferenceVerdict, pens: Pens): Pens['good'] {
  if (verdict === 'current') return pens.good;
  return verdict === 'moved' || verdict === 'newer' || verdict === 'gone' ? pens.bad : pens.warn;
}

/** What `detect --references` found: a table of what is known, then what is not. */
export function renderReferenceTable({ references }: ReferenceDocument, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [{ title: 'File' }, { title: 'Kind' }, { title: 'Image' }];
  const rows = references.flatMap(({ path, line, kind, reference }) =>
    reference === null
      ? []
      : [[{ lines: [`${path}:${line}`] }, { lines: [kind] }, { lines: [familiarName(reference)] }]],
  );
  const unknown = references.flatMap(({ path, line, failure }) =>
    failure === null ? [] : [pens.warn(paragraph(`${path}:${line}: unknown; ${failure.detail}.`, pens))],
  );
  const files = new Set(references.map(({ path }) => path));
  const open = unknown.length === 0 ? '' : `, ${unknown.length} of them unknown`;
  const total = `${counted(references.length, 'image reference')} in ${counted(files.size, 'file')}${open}.`;
  return [...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]), ...unknown, pens.bold(total)].join('\n');
}
