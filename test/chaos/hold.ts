import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { sectionOf } from '../../scripts/generate/reliability.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { runCell, type Seen } from './cell.ts';
import { type Cell, type Column, columns, unbroken, writers } from './outcome.ts';
import type { Row, Section } from './row.ts';

/** Runs every cell of these sections, and holds the product to the table and docs/reliability.md to what was measured. */
export function holdTable(sections: readonly Section[]): void {
  afterAll(closeHarnesses);
  const measured = new Map<Row, readonly Cell[]>();

  describe.each(sections)('$title', (section) => {
    test.concurrent.each(section.rows)('$fault', async (row) => {
      const asked = section.ofWrites === true ? writers : columns;
      const seen = await Promise.all(asked.map(async (column) => [column, await runCell(column, row)] as const));
      const cells = new Map<Column, Cell>(seen.map(([column, one]) => [column, cellOf(column, row, one)]));
      const all = columns.map((column) => cells.get(column) ?? 'not asked');
      expect(Object.fromEntries(columns.map((column, at) => [column, all[at]]))).toEqual(row.cells);
      for (const [column, one] of seen) holdPromises(column, row, one);
      measured.set(row, all);
    });

    test('docs/reliability.md shows what was measured', () => {
      const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
      // Which cell differs is told above; `npm run generate` writes the page.
      expect(page.includes(sectionOf(section, (row) => measured.get(row) ?? []))).toBe(true);
    });
  });
}

function cellOf(column: Column, row: Row, { outcome, hits }: Seen): Cell {
  if (outcome !== unbroken[column]) return outcome;
  const isStored = row.uncounted === true && row.cells[column] === 'not asked';
  return hits === 0 || isStored ? 'not asked' : 'unaffected';
}

// What holds whatever the table says.
function holdPromises(column: Column, row: Row, { outcome, failures, tag, promoted, writes, leaked }: Seen): void {
  const [code] = outcome.split(' ');
  if (outcome !== unbroken[column]) {
    // What is held back is told, and nothing is offered.
    expect(outcome).not.toMatch(/^0(?! held$)|current|pass|promoted|internal/);
    if (code === '3') expect(failures).toContainEqual(expect.stringMatching(/^\S+: .+\.$/));
  }
  const mayWrite = writers.includes(column);
  if (!mayWrite) expect(writes).toBe(0);
  if (row.taken !== true) expect(tag.after).toBe(promoted ?? tag.before);
  else if (mayWrite) expect([promoted, tag.after === tag.before]).toEqual([undefined, false]);
  expect(leaked).toBe(0);
}
