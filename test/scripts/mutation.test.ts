import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modules } from '../../scripts/mutation/modules.mjs';
import { describe as described, isEquivalent, outcomeOf, scoreOf } from '../../scripts/mutation/outcome.mjs';
import { isSampled } from '../../scripts/mutation/sample.mjs';

const source = 'const low = 1;\n  if (a < b) stop();\nend();\n';

function change(status: string, replacement: string) {
  const location = { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } };
  return { status, location, mutatorName: 'EqualityOperator', replacement };
}

const report = {
  files: {
    'core/a.ts': {
      source,
      mutants: [
        change('Killed', 'a >= b'),
        change('Timeout', 'true'),
        change('Survived', 'a <= b'),
        change('NoCoverage', 'false'),
        change('CompileError', 'not in the sample'),
        change('Ignored', 'static'),
      ],
    },
  },
};

test('counts what was noticed and what was not, and leaves out what was not tried', () => {
  const outcome = outcomeOf(report);
  expect(outcome).toMatchObject({ noticed: 2, timedOut: 1 });
  expect(outcome.survivors.map(described)).toEqual([
    'core/a.ts:2:7 EqualityOperator: a < b → a <= b',
    'core/a.ts:2:7 EqualityOperator: a < b → false',
  ]);
  expect(scoreOf(outcome)).toBe(50);
  expect(scoreOf({ noticed: 0, survivors: [] })).toBe(100);
});

test('a survivor is made as it was tried', () => {
  const [first] = outcomeOf(report).survivors;
  expect(first?.changed).toBe(source.replace('a < b', 'a <= b'));
});

test('an excuse holds for one change of one line of one file', () => {
  const known = { file: 'core/a.ts', line: 'if (a < b) stop();', replacement: 'a <= b' };
  const excused = (changed: Partial<typeof known>) =>
    outcomeOf(report).survivors.map((survivor) => isEquivalent(survivor, [{ ...known, ...changed }]));
  expect(excused({})).toEqual([true, false]);
  expect(excused({ file: 'core/b.ts' })).toEqual([false, false]);
  expect(excused({ line: 'if (a < b) go();' })).toEqual([false, false]);
});

test('a sample is about its share of the changes, and the same for the same seed wherever the copy lies', () => {
  const mutants = Array.from({ length: 2000 }, (_, line) => ({
    fileName: '/copy/core/a.ts',
    location: { start: { line, column: 1 } },
    mutatorName: 'BlockStatement',
    replacement: '{}',
  }));
  const taken = (seed: string, root: string) =>
    mutants
      .map((mutant) => ({ ...mutant, fileName: mutant.fileName.replace('/copy', root) }))
      .map((mutant) => isSampled(mutant, { seed, share: 0.1, root }));
  const first = taken('1', '/copy');
  expect(first.filter((one) => one).length).toBeGreaterThan(150);
  expect(first.filter((one) => one).length).toBeLessThan(250);
  expect(taken('1', '/elsewhere')).toEqual(first);
  expect(taken('2', '/copy')).not.toEqual(first);
});

test('every module is a folder of core', () => {
  const astray = Object.keys(modules).filter((name) => !existsSync(new URL(`../../core/${name}`, import.meta.url)));
  expect(astray).toEqual([]);
});

test('every survivor that is excused is of a line that is there, so that a mutation run begins', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const excused: readonly Record<'file' | 'line' | 'reason', string>[] = JSON.parse(
    read('scripts/mutation/equivalent.json'),
  );
  expect(excused.length).toBeGreaterThan(0);
  const gone = excused.filter(({ file, line }) => {
    const lines = existsSync(new URL(`../../${file}`, import.meta.url)) ? read(file).split('\n') : [];
    return !lines.some((each) => each.trim() === line);
  });
  expect(gone).toEqual([]);
});
