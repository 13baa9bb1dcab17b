import type { Failure } from '../failure.ts';
import { type Pens, type TerminalOptions, terminal } from '../text/terminal.ts';
import { type Cell, table } from '../text/terminal-table.ts';
import { counted } from '../text/words.ts';

/** A temporary folder of a run; `unknown` where it cannot be known here whether the run has ended. */
export interface PrunedFolder {
  readonly path: string;
  readonly pid: number | null;
  readonly since: string;
  readonly state: 'found' | 'removed' | 'unknown';
}

/** A candidate tag of an earlier run. */
export interface PrunedCandidate {
  readonly reference: string;
  readonly made: string;
  readonly state: 'found' | 'removed' | 'left';
  readonly why?: string;
}

/** What `prune --format json` prints. */
export interface PruneDocument {
  readonly schemaVersion: 1;
  readonly dryRun: boolean;
  readonly folders: readonly PrunedFolder[];
  readonly candidates: readonly PrunedCandidate[];
  readonly failures: readonly Failure[];
}

const words = {
  found: 'to be removed',
  removed: 'removed',
  left: 'left',
  unknown: 'left: its run may be going on in another container',
} as const;

/** What `prune` found: a table of what killed runs left, and what became of it. */
export function renderPruned(document: PruneDocument, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [{ title: 'Left by a killed run', isWhole: true as const }, { title: 'Since' }, { title: 'State' }];
  const rows = [
    ...document.folders.map(({ path, since, state }) => row(path, since, words[state], state, pens)),
    ...document.candidates.map(({ reference, made, state, why }) =>
      row(reference, made, why === undefined ? words[state] : `${words[state]}: ${why}`, state, pens),
    ),
  ];
  return [...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]), pens.bold(totalOf(document))].join('\n');
}

function row(name: string, since: string, state: string, kind: keyof typeof words, pens: Pens): readonly Cell[] {
  const ink = kind === 'left' || kind === 'unknown' ? { ink: pens.warn } : {};
  return [{ lines: [name] }, { lines: [`${since.slice(0, 16).replace('T', ' ')} UTC`] }, { lines: [state], ...ink }];
}

function totalOf({ dryRun, folders, candidates }: PruneDocument): string {
  const wanted = dryRun ? 'found' : 'removed';
  const [left, gone] = [folders, candidates].map((all) => all.filter(({ state }) => state === wanted).length);
  const what = `${counted(left ?? 0, 'temporary folder')} and ${counted(gone ?? 0, 'candidate tag')}`;
  return dryRun ? `${what} would be removed.` : `${what} removed.`;
}
