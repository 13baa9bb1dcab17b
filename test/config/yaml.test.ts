import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../core/failure.ts';
import { parseYaml } from '../../core/settings/yaml.ts';
import { startProcessorClock } from '../support/processor-time.ts';

describe('lines', () => {
  test.each(['\n', '\r\n', '\r'])('are counted over %j', (end) => {
    const node = parseYaml(
      ['# first', 'a:', '  - x', '  - y: |', '      b', '      c', 'z:', 'w: "1', '  2"', 'v: 3'].join(end),
      'f',
    );
    expect(node).toMatchObject({
      kind: 'mapping',
      line: 2,
      entries: [
        {
          key: 'a',
          line: 2,
          value: { kind: 'list', line: 3, items: [{ text: 'x', line: 3 }, { entries: [{ key: 'y', line: 4 }] }] },
        },
        { key: 'z', line: 7, value: { kind: 'empty', line: 7 } },
        { key: 'w', line: 8, value: { text: '1 2' } },
        { key: 'v', line: 10, value: { text: '3' } },
      ],
    });
  });
});

describe('scalars', () => {
  test.each([
    ['1.20', { kind: 'text', text: '1.20' }],
    ['0o17', { kind: 'text', text: '0o17' }],
    ['2026-01-31', { kind: 'text', text: '2026-01-31' }],
    ['yes', { kind: 'text', text: 'yes' }],
    ['"null"', { kind: 'text', text: 'null' }],
    ['~', { kind: 'empty' }],
    ['NULL', { kind: 'empty' }],
    ['"a\\tb"', { kind: 'text', text: 'a\tb' }],
    ["'it''s'", { kind: 'text', text: "it's" }],
  ])('%s', (source, value) => {
    expect(parseYaml(`\ufeffk: ${source}`, 'f')).toMatchObject({ entries: [{ key: 'k', value }] });
  });

  test.each(['', '# only a comment\n', '---\n', '~'])('%j is nothing', (source) => {
    expect(parseYaml(source, 'f')).toBeUndefined();
  });
});

describe('bounds', () => {
  test('aliases are shared, not copied', () => {
    const node = parseYaml('a: &x [1, 2]\nb: *x', 'f');
    const [a, b] = node?.kind === 'mapping' ? node.entries : [];
    expect(a?.value).toBe(b?.value);
  });

  test('a bomb of aliases stays small', () => {
    const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 10; level += 1) {
      levels.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    const spent = startProcessorClock();
    expect(parseYaml(levels.join('\n'), 'f')).toMatchObject({ kind: 'mapping' });
    expect(spent()).toBeLessThan(500);
    expect(() => parseYaml(`${levels.join('\n')}\nb: [${Array(11).fill('*a9').join(', ')}]`, 'f')).toThrow(
      'f:11: there are more than 100 aliases; write the values out.',
    );
  });

  test('a file over 1 MiB is refused', () => {
    expect(() => parseYaml(`# ${'x'.repeat(1024 * 1024)}`, 'f')).toThrow('f: is larger than 1 MiB;');
  });

  test('an alias to what encloses it is refused', () => {
    expect(() => parseYaml('a: &a [*a]', 'f')).toThrow('f:1: alias *a has no anchor before it; define &a.');
  });

  test('a large file takes linear time', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `k${index}: v`);
    const spent = startProcessorClock();
    parseYaml(lines.join('\n'), 'f');
    expect(spent()).toBeLessThan(3_000);
  });
});

test('whatever the text, it is read or refused with a place', () => {
  const fragments = fc.constantFrom(
    'a: ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!t ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '? ',
    '---\n',
    '%',
    '\t',
    '\r',
    'é',
    '\u0000',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fragments).map((parts) => parts.join('')),
      ),
      (source) => {
        try {
          parseYaml(source, 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect((error as Error).message).toMatch(/^f(?::\d+)?: /);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
