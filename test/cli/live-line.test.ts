import { expect, test } from 'vitest';
import { createLiveLine } from '../../cli/live-line.ts';

/** What a terminal shows in the end: carriage returns go back, and EL clears to the right. */
function screenOf(written: string): readonly string[] {
  return written.split('\n').map((line) => line.split('\r\u001b[K').at(-1) ?? '');
}

function terminal(columns?: number) {
  let written = '';
  const stream = {
    write: (text: string) => {
      written += text;
    },
    ...(columns === undefined ? {} : { columns }),
  };
  return { stream, live: createLiveLine(stream), screen: () => screenOf(written), written: () => written };
}

test('what is written stands above the line, and nothing of it stays at the end', () => {
  const { stream, live, screen } = terminal();
  live.show('0 of 2 done: web is built (1 s)');
  live.above(() => stream.write('web: built\n'));
  expect(screen()).toEqual(['web: built', '0 of 2 done: web is built (1 s)']);
  live.show('1 of 2 done');
  live.above(() => stream.write('api: built\n'));
  live.show(undefined);
  live.above(() => stream.write('the table\n'));
  expect(screen()).toEqual(['web: built', 'api: built', 'the table', '']);
});

test.each([
  [40, 39],
  [0, 79],
  [undefined, 79],
])('a terminal of %s columns shows %d characters of it, so that it never wraps', (columns, shown) => {
  const { live, screen } = terminal(columns);
  live.show('x'.repeat(500));
  expect(screen()).toEqual(['x'.repeat(shown)]);
});

test('where nothing is shown nothing but the text is written', () => {
  const { stream, live, written } = terminal();
  live.above(() => stream.write('web: built\n'));
  live.show(undefined);
  expect(written()).toBe('web: built\n');
});
