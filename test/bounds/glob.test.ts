import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { isIgnored, withIgnoreFile } from '../../core/discover/ignore-rules.ts';
import { anyGlob, globMatcher } from '../../core/text/glob.ts';

describe('a path pattern', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['a', ['a'], ['b', 'a/b', 'ab']],
    ['*', ['a', '.a'], ['a/b']],
    ['**', ['a', 'a/b'], []],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b']],
    ['**/a', ['a', 'b/a', 'c/b/a'], ['ba', 'a/b']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb', 'b']],
    ['a*b', ['ab', 'axb'], ['a/b', 'abc']],
    ['a?b', ['axb'], ['ab', 'a/b']],
    ['[a-c]x', ['ax', 'cx'], ['dx', 'x']],
    ['[!a-c]x', ['dx'], ['ax', '/x']],
    ['[^a]', ['b'], ['a']],
    ['[]a]', [']', 'a'], ['b']],
    ['[a', ['[a'], ['a']],
    ['\\*', ['*'], ['a']],
    ['a.b', ['a.b'], ['axb']],
  ])('%s', (pattern, fitting, others) => {
    const fits = globMatcher(pattern);
    expect(fitting.filter((text) => !fits(text))).toEqual([]);
    expect(others.filter((text) => fits(text))).toEqual([]);
  });

  it('that fits a folder fits what stands below it where that is asked for', () => {
    const fits = globMatcher('*/b', { below: true });
    expect(['a/b', 'a/b/c', 'a/bc', 'b', 'a'].map(fits)).toEqual([true, true, false, false, false]);
  });

  it.each([
    ['{a,b}/c', ['a/c', 'b/c'], ['c', '{a,b}/c']],
    ['a{,b}', ['a', 'ab'], ['b']],
    ['{a,{b,c}}', ['a', 'b', 'c'], ['{a']],
    ['!a*', ['b'], ['a', 'ab']],
  ])('in a list: %s', (pattern, fitting, others) => {
    const fits = anyGlob([pattern]);
    expect(fitting.filter((text) => !fits(text))).toEqual([]);
    expect(others.filter((text) => fits(text))).toEqual([]);
  });

  it('of 22 bytes takes no longer for a name of 40,000 letters', () => {
    const started = process.cpuUsage().user;
    expect(globMatcher(`${'*a'.repeat(10)}*b`)('a'.repeat(40_000))).toBe(false);
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });

  // An independent implementation is the reference for what both understand.
  it('fits what picomatch says', () => {
    const parts = ['a', 'b', '*', '?', '/', '**/', '/**'];
    const texts = ['a', 'b', 'ab', 'a/b', 'b/a/b', 'aa/b', 'a/b/b', 'abab', 'a/a/a'];
    for (const one of parts) {
      for (const two of parts) {
        for (const three of parts) {
          const pattern = `a${one}${two}${three}b`;
          if (/\/\/|\*{2}[^/]|[^/]\*{2}/.test(pattern)) continue;
          const fits = globMatcher(pattern);
          const reference = picomatch(pattern, { dot: true });
          expect(texts.map((text) => [pattern, text, fits(text)])).toEqual(
            texts.map((text) => [pattern, text, reference(text)]),
          );
        }
      }
    }
  });
});

describe('.gitignore', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['out/', ['out/', 'a/out/'], ['out', 'a/outer/']],
    ['/out', ['out', 'out/'], ['a/out']],
    ['a/b', ['a/b'], ['x/a/b', 'a']],
    ['*.log\n!keep.log', ['x.log', 'a/x.log'], ['keep.log', 'a/keep.log']],
    ['#a\n\\#b\n\\!c', ['#b', '!c'], ['#a', 'b', 'c']],
    ['a  \nb\\ ', ['a', 'b '], ['a  ', 'b']],
    ['a**b', ['axb', 'ab'], ['a/b']],
    ['**/x/**', ['x/a', 'a/x/b'], ['x', 'a/x']],
    ['!', [], ['a', '!']],
  ])('%j', (text, ignored, others) => {
    const rules = withIgnoreFile([], '', text);
    const says = (path: string) => isIgnored(rules, path.replace(/\/$/, ''), path.endsWith('/'));
    expect(ignored.filter((path) => !says(path))).toEqual([]);
    expect(others.filter((path) => says(path))).toEqual([]);
  });
});
