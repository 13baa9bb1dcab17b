import { describe, expect, it } from 'vitest';
import { expandWord, expandWords } from '../../core/dockerfile/expand.ts';
import { createSteps } from '../../core/dockerfile/substitution.ts';
import { startProcessorClock } from '../support/processor-time.ts';

const variables = new Map([
  ['set', 'value'],
  ['empty', ''],
  ['path', 'a/b/c.tar.gz'],
  ['tag', '20-alpine3.19'],
]);
const expand = (word: string, escapeToken = '\\') => expandWord(word, variables, { escapeToken, steps: createSteps() });

describe('one word', () => {
  it.each([
    ['plain', 'plain'],
    ['$set', 'value'],
    ['${set}', 'value'],
    ['a${set}b', 'avalueb'],
    ['$unset', ''],
    ['$setx', ''],
    ['$set-x', 'value-x'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$.', '$.'],
    ['\\$set', '$set'],
    ["'$set'", '$set'],
    ['"$set"', 'value'],
    ['"\\$set"', '$set'],
    ['"a\\b"', 'a\\b'],
    ['"it\'s"', "it's"],
    ['a\\', 'a'],
    ['$1x', 'x'],
    ['${unset:-default}', 'default'],
    ['${unset-default}', 'default'],
    ['${empty:-default}', 'default'],
    ['${empty-default}', ''],
    ['${set:-default}', 'value'],
    ['${unset:-${set}}', 'value'],
    ['${unset:-"a b"}', 'a b'],
    ['${set:+other}', 'other'],
    ['${empty:+other}', ''],
    ['${empty+other}', 'other'],
    ['${unset+other}', ''],
    ['${set:?must}', 'value'],
    ['${set?must}', 'value'],
    ['${empty?must}', ''],
    ['${path#*/}', 'b/c.tar.gz'],
    ['${path##*/}', 'c.tar.gz'],
    ['${path%.*}', 'a/b/c.tar'],
    ['${path%%.*}', 'a/b/c'],
    ['${path#nothing}', 'a/b/c.tar.gz'],
    ['${path#?/}', 'b/c.tar.gz'],
    ['${path%\\*}', 'a/b/c.tar.gz'],
    ['${path/b/X}', 'a/X/c.tar.gz'],
    ['${path/\\//-}', 'a-b/c.tar.gz'],
    ['${path//\\//-}', 'a-b-c.tar.gz'],
    ['${tag/alpine*/slim}', '20-slim'],
    ['${tag//[0-9]/x}', '20-alpine3.19'],
    ['${tag/nothing/x}', '20-alpine3.19'],
    ['${unset/x/y}', ''],
  ])('%s is %s', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  it('takes the backtick for the escape token where a directive says so', () => {
    expect(expand('`$set', '`')).toBe('$set');
    expect(expand('\\$set', '`')).toBe('\\value');
  });

  it.each([
    ['${unset:?}', 'unset: is not allowed to be unset'],
    ['${empty:?}', 'empty: is not allowed to be empty'],
    ['${unset?say so}', 'unset: say so'],
    ['${', "syntax error: missing '}'"],
    ['${set', 'unsupported modifier () in substitution'],
    ['${}', 'syntax error: bad substitution'],
    ['${:-x}', 'syntax error: bad substitution'],
    ['${set:-x', "syntax error: missing '}'"],
    ['${set/x}', "syntax error: missing '/' in a substitution"],
    ['${set/x/y', "syntax error: missing '}'"],
    ['${set^}', 'unsupported modifier (^) in substitution'],
    ['${set:#x}', 'unsupported modifier (:#) in substitution'],
    ['${set#\\x}', "invalid pattern (\\x) in substitution: invalid escape '\\x'"],
    ["'open", 'unexpected end of statement while looking for matching single-quote'],
    ['"open', 'unexpected end of statement while looking for matching double-quote'],
  ])('%s is refused', (word, message) => {
    expect(() => expand(word)).toThrow(message);
  });

  it('refuses what is nested deeper than anybody writes, and does not end the program', () => {
    expect(() => expand('${unset:-'.repeat(20_000))).toThrow('nested more than 200 deep');
  });
});

describe('words of a line', () => {
  it.each<[string, string[]]>([
    ['a  b\tc', ['a', 'b', 'c']],
    ['"a b" c', ['a b', 'c']],
    ["'' x", ['x']],
    ['a\\ b', ['a b']],
    ['$set $unset x', ['value', 'x']],
  ])('%s', (line, expected) => {
    expect(expandWords(line, variables, { escapeToken: '\\', steps: createSteps() })).toEqual(expected);
  });
});

describe('patterns of strangers', () => {
  it('take time in proportion, whatever they are', () => {
    const many = new Map([['x', 'a'.repeat(5_000)]]);
    const spent = startProcessorClock();
    for (const word of ['${x%%*a*a*a*a*b}', '${x#*a*a*a*a*b}', '${x//*a*a*a*b/y}']) {
      expect(expandWord(word, many, { escapeToken: '\\', steps: createSteps() })).toBe('a'.repeat(5_000));
    }
    expect(spent()).toBeLessThan(2_000);
  });
});
