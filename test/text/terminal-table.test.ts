import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { terminal } from '../../core/text/terminal.ts';
import { cutInMiddle, table } from '../../core/text/terminal-table.ts';

const cell = (text: string) => ({ lines: [text] });
const plain = (columns: number) => terminal({ columns });

test('columns stand below each other, and one without any text is left out', () => {
  const columns = [{ title: 'Image' }, { title: 'Empty' }, { title: 'Verdict' }];
  const rows = [
    [cell('web'), cell(''), cell('stale')],
    [cell('日本'), cell(''), cell('current')],
  ];
  expect(table(columns, [{ rows }], plain(80))).toBe('IMAGE  VERDICT\nweb    stale\n日本   current');
});

test('of a name that is too long the middle goes, and of a text nothing', () => {
  const columns = [{ title: 'Image' }, { title: 'Why' }];
  const rows = [[cell(`registry.example/${'deep/'.repeat(20)}web:1`), cell('its base moved three days ago and twice')]];
  const drawn = table(columns, [{ rows }], plain(44));
  expect(drawn.replace(/\s+/g, ' ')).toMatch(/registr\S*…\S*web:1 its base moved/);
  expect(drawn.split('\n').every((line) => line.length <= 44)).toBe(true);
  expect(drawn.replace(/.*…\S+/, '').replace(/\s+/g, ' ')).toContain('its base moved three days ago and twice');
});

test('what is to be copied is broken and not cut', () => {
  const name = `registry.example/${'x'.repeat(60)}:1`;
  const drawn = table([{ title: 'Tag', isWhole: true }], [{ rows: [[cell(name)]] }], plain(40));
  expect(drawn.split('\n').slice(1).join('')).toBe(name);
});

test('an extra column goes first where there is no room for all', () => {
  const columns = [{ title: 'A' }, { title: 'B' }, { title: 'C' }, { title: 'Note', isExtra: true as const }];
  const rows = [['a', 'b', 'c', 'n'].map((letter) => cell(letter.repeat(20)))];
  expect(table(columns, [{ rows }], plain(60))).toContain('NOTE');
  expect(table(columns, [{ rows }], plain(44))).not.toContain('NOTE');
});

test.each([
  ['short', 10, 'short'],
  ['ghcr.io/acme/platform/web:1.2', 14, 'ghcr.…/web:1.2'],
  ['日本語日本語日本語', 8, '日…語'],
])('%s in %i columns is %s', (word, width, expected) => {
  const cut = cutInMiddle(word, width);
  expect(stringWidth(cut)).toBeLessThanOrEqual(width);
  if (!expected.includes('語')) expect(cut).toBe(expected);
  else expect(cut).toMatch(/^日…/);
});
