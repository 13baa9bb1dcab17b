import { type Pens, paragraph, type TerminalOptions, terminal } from '../text/terminal.ts';
import { table } from '../text/terminal-table.ts';
import { counted } from '../text/words.ts';

/** One image that runs in a cluster, with what is known of it. */
export interface InventoryEntry {
  readonly target: string;
  readonly namespace: string;
  readonly owner: { readonly kind: string; readonly name: string };
  readonly container: string;
  readonly image: string;
  readonly digest: string | null;
  readonly pods: number;
  /** Whether it runs what its tag names now. */
  readonly tag: { readonly verdict: 'current' | 'behind' | 'unknown'; readonly now: string | null };
  /** Whether the base that it was built on is what the base's tag names now. */
  readonly base: { readonly verdict: 'current' | 'stale' | 'unknown'; readonly reference: string | null };
  /** Whether a record in its registry says that it passed a gate. */
  readonly gate: { readonly verdict: 'passed' | 'unproven' | 'unknown' };
  /** Why something of it is unknown or unproven. */
  readonly notes: readonly string[];
}

/** The images that run, as a table, with what is to be known of them below it. */
export function renderInventory(entries: readonly InventoryEntry[], options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [{ title: 'Workload' }, { title: 'Image' }, { title: 'Tag' }, { title: 'Base' }, { title: 'Gate' }];
  const rows = entries.map((entry) => [
    { lines: [`${entry.namespace}/${entry.owner.name}`, `(${entry.owner.kind}, ${entry.container})`] },
    { lines: [entry.image] },
    ...[entry.tag, entry.base, entry.gate].map(({ verdict }) => ({ lines: [verdict], ink: inkOf(verdict, pens) })),
  ]);
  const notes = entries.flatMap(({ namespace, owner, container, notes: words }) =>
    words.map((note) => paragraph(`${namespace}/${owner.name} ${container}: ${note}.`, pens)),
  );
  const count = (wanted: (entry: InventoryEntry) => boolean) => entries.filter(wanted).length;
  const total = `${counted(entries.length, 'running image')}: ${count(({ tag }) => tag.verdict === 'behind')} behind their tag, ${count(({ base }) => base.verdict === 'stale')} on a stale base, ${count(({ gate }) => gate.verdict === 'passed')} with a passed gate.`;
  return [...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]), ...notes, pens.bold(total)].join('\n');
}

function inkOf(verdict: string, pens: Pens): Pens['good'] {
  if (verdict === 'current' || verdict === 'passed') return pens.good;
  return verdict === 'unknown' ? pens.warn : pens.bad;
}
