import { expect, test } from 'vitest';
import { logPieces, logPrinter } from '../../core/text/log-pieces.ts';
import { inertJson, inertText } from '../../core/untrusted.ts';

const cut = '(cut here: the result has more than 10 characters, and saved files have all of it)';

test.each<[string, readonly string[], readonly string[]]>([
  ['fits', ['one\n', 'two\n'], ['one\n', 'two\n']],
  ['is longer is cut after a line', ['one\ntwo\nthree\n'], ['one\ntwo', cut]],
  ['is longer in its second piece is cut there', ['one\n', 'two\nthree\n'], ['one\n', 'two', cut]],
  ['is one line that is longer is left out', ['0123456789abc'], [cut]],
  ['begins with a line that is longer is left out', ['0123456789abc\nd\n'], [cut]],
  ['has such a line after others is cut before it', ['one\n', '0123456789abc\n'], ['one\n', cut]],
])('a result that %s', (_, pieces, wanted) => {
  expect([...logPieces(pieces, 10)]).toEqual(wanted);
});

test('what is left out of a log is not even made', () => {
  let made = 0;
  function* endless() {
    for (;;) yield `${'x'.repeat(1_000_000)}${'\n'.repeat(++made)}`;
  }
  const written: string[] = [];
  logPrinter((text) => written.push(text), { json: inertJson, text: inertText }).printPieces(endless());
  expect(made).toBeLessThan(10);
  expect(written.at(-1)).toContain('cut here');
});

test('every piece of a document is harmless in its own way', () => {
  const written: string[] = [];
  const printer = logPrinter((text) => written.push(text), { json: inertJson, text: inertText });
  printer.printPieces(['[\n"##[error]a",', '"##vso[task.complete]b"]']);
  printer.print('::error::c');
  expect(written.slice(0, 2).join('')).not.toMatch(/##\[|##vso\[/);
  expect(JSON.parse(written.slice(0, 2).join('\n'))).toEqual(['##[error]a', '##vso[task.complete]b']);
  expect(written[2]).toBe(': :error::c');
});
