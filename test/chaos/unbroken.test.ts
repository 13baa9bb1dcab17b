import { afterAll, expect, test } from 'vitest';
import { closeHarnesses } from '../registry/harness.ts';
import { runCell } from './cell.ts';
import { columns, unbroken, writers } from './outcome.ts';

afterAll(closeHarnesses);

test.each(columns)('%s, with nothing wrong', async (column) => {
  const { outcome, tag, promoted, writes } = await runCell(column, {});
  expect(outcome).toBe(unbroken[column]);
  expect(tag.after).toBe(promoted ?? tag.before);
  expect(writes > 0).toBe(writers.includes(column));
});
