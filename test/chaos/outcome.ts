import type { FailureCode } from '../../core/failure.ts';

/** The commands of the table; `check` twice: of an image whose base has moved, and of one that is up to date. */
export const columns = ['check', 'check, up to date', 'plan', 'refresh', 'rebase', 'scan', 'update'] as const;
export type Column = (typeof columns)[number];

/** Those that may change what a registry holds. */
export const writers: readonly Column[] = ['refresh', 'rebase'];

/** Exit code, verdict (or `no-report`), and the code of the failure where there is one. */
export type Ended = `${number} ${string}`;

/**
 * What a command makes of a fault: how it ends, `unaffected` where it ends as without the fault, `not asked` where
 * moreover none of its requests met it.
 */
export type Cell = Ended | 'unaffected' | 'not asked';
export type Cells = Readonly<Record<Column, Cell>>;

/** How each command ends where nothing is wrong. */
export const unbroken: Readonly<Record<Column, Ended>> = {
  check: '1 stale',
  'check, up to date': '0 current',
  plan: '1 stale',
  refresh: '0 promoted',
  rebase: '0 promoted',
  scan: '0 pass',
  update: '0 offered',
};

/** The same of every command, but for those that are named. */
export function every(cell: Cell, but: Partial<Cells> = {}): Cells {
  return {
    check: cell,
    'check, up to date': cell,
    plan: cell,
    refresh: cell,
    rebase: cell,
    scan: cell,
    update: cell,
    ...but,
  };
}

/** No command can say anything: the verdict is unknown, for this reason. */
export function hidden(code: FailureCode, but: Partial<Cells> = {}): Cells {
  return every(`3 unknown ${code}`, but);
}

/** Of a base, a scan wants to know only which findings are its own: it goes on without, unless it waits till the end. */
export function ofBase(cells: Cells, hangs = false): Cells {
  return { ...cells, scan: hangs ? '3 inconclusive deadline' : 'unaffected' };
}

/** Only what rebuilds meets it, and ends so. */
export function rebuildsOnly(cell: Cell, but: Partial<Cells> = {}): Cells {
  return every('not asked', { refresh: cell, rebase: cell, ...but });
}
