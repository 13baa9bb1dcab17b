import type { ReferenceKind } from '../discover/references/readers.ts';
import { paragraph, type TerminalOptions, table, terminal } from '../text/terminal.ts';
import { counted } from '../text/words.ts';
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

/** What `detect --references` found: a table of what is known, then what is not. */
export function renderReferenceTable({ references }: ReferenceDocument, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [
    { title: 'File', share: 34 },
    { title: 'Kind', share: 12 },
    { title: 'Image', share: 34 },
  ];
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
  return [...(rows.length === 0 ? [] : [table(columns, rows, pens)]), ...unknown, pens.bold(total)].join('\n');
}
