import { endsIn, isKnown, sameText, startsIn, withEllipses } from '../unknown.ts';
import { type ScriptState, wordsOf } from './state.ts';

/** Whether a test such as `[ "$A" = b ]` succeeds; undefined where it is not one, or only a run knows. */
export function testOf(text: string, state: ScriptState): boolean | undefined {
  if (text === 'true' || text === ':') return true;
  if (text === 'false') return false;
  const [, double, inside] = /^\[(\[)?\s([\s\S]*)\s\]?\]$/.exec(text) ?? [];
  const [, plain] = /^test\s([\s\S]*)$/.exec(text) ?? [];
  const written = inside ?? plain;
  if (written === undefined) return undefined;
  if (double !== undefined && /&&|\|\||[()]/.test(written)) return undefined;
  const words = wordsOf(written, state);
  return words === undefined ? undefined : outcome(words, double === undefined ? undefined : written);
}

function outcome(words: readonly string[], pattern: string | undefined): boolean | undefined {
  const [first = '', second = '', third = ''] = words;
  if (first === '!' && words.length > 1) {
    const inner = outcome(words.slice(1), pattern);
    return inner === undefined ? undefined : !inner;
  }
  if (words.length === 1) return hasText(first);
  if (words.length === 2 && first === '-n') return hasText(second);
  if (words.length === 2 && first === '-z') {
    const has = hasText(second);
    return has === undefined ? undefined : !has;
  }
  if (words.length !== 3 || !/^(?:=|==|!=)$/.test(second)) return undefined;
  const isSame = pattern === undefined || !/[*?[\\]/.test(third) ? sameText(first, third) : fits(first, third, pattern);
  return isSame === undefined ? undefined : isSame === (second !== '!=');
}

function hasText(text: string): boolean | undefined {
  if (isKnown(text)) return text !== '';
  return withEllipses(text) === '…' ? undefined : true;
}

// Patterns of `[[ … ]]` with a star at one end; one that is quoted is a text.
function fits(text: string, pattern: string, written: string): boolean | undefined {
  if (!isKnown(pattern) || /["'\\][^"'\s]*[*?[]/.test(written)) return undefined;
  const [, start, stars, end] = /^([^*?[\\]*)(\*?)([^*?[\\]*)$/.exec(pattern) ?? [];
  if (start === undefined || stars !== '*') return undefined;
  if (end === '') return startsIn(text, start);
  return start === '' ? endsIn(text, end ?? '') : undefined;
}
