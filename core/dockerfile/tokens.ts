import { parseJson } from '../json.ts';
import { DockerfileRefusal } from './refusal.ts';
import { isSpace, splitBlanks, trimStart } from './space.ts';

/** The arguments of an instruction, split as its keyword asks (BuildKit, parser/line_parsers.go). */
export interface Arguments {
  readonly words: readonly string[];
  /** Whether they were in the JSON (exec) form. */
  readonly isJson: boolean;
  /** Whether they were a name and a value with a blank between. */
  readonly isLegacyPair?: boolean;
}

const none: Arguments = { words: [], isJson: false };

/** Splits the text behind keyword and flags; throws Refusal. An unknown keyword has no arguments. */
export function argumentsOf(keyword: string, rest: string, escapeToken: string): Arguments {
  if (rest === '') return none;
  switch (keyword) {
    case 'arg':
      return { words: quotedWords(rest, escapeToken), isJson: false };
    case 'env':
    case 'label':
      return pairs(keyword.toUpperCase(), rest, escapeToken);
    case 'expose':
    case 'from':
      return { words: splitBlanks(rest), isJson: false };
    case 'maintainer':
    case 'stopsignal':
    case 'user':
    case 'workdir':
      return { words: [rest], isJson: false };
    case 'cmd':
    case 'entrypoint':
    case 'run':
    case 'shell':
      return jsonWords(rest) ?? { words: [rest], isJson: false };
    case 'add':
    case 'copy':
    case 'volume':
      return jsonWords(rest) ?? { words: splitBlanks(rest), isJson: false };
    case 'healthcheck':
      return healthcheck(rest);
    default:
      return none;
  }
}

// Broken JSON is a plain text; an array of anything but strings is refused.
function jsonWords(rest: string): Arguments | undefined {
  const text = trimStart(rest);
  if (!text.startsWith('[')) return undefined;
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const words = parsed.filter((word): word is string => typeof word === 'string');
  if (words.length === parsed.length) return { words, isJson: true };
  throw new DockerfileRefusal(
    'invalid-instruction',
    null,
    'when using JSON array syntax, arrays must be comprised of strings only',
  );
}

function healthcheck(rest: string): Arguments {
  let end = 0;
  while (end < rest.length && !isSpace(rest[end] ?? '')) end += 1;
  const command = trimStart(rest.slice(end));
  const parsed = command === '' ? none : (jsonWords(command) ?? { words: [command], isJson: false });
  return { words: [rest.slice(0, end), ...parsed.words], isJson: parsed.isJson };
}

// Names and values by turns: `name value` of old, or `name=value` any number of times.
function pairs(keyword: string, rest: string, escapeToken: string): Arguments {
  const words = quotedWords(rest, escapeToken);
  const [first] = words;
  if (first === undefined) return none;
  if (!first.includes('=')) {
    const blank = /[\t\v\f\r ]+/.exec(rest);
    if (blank === null) throw new DockerfileRefusal('invalid-instruction', null, `${keyword} must have two arguments`);
    const halves = [rest.slice(0, blank.index), rest.slice(blank.index + blank[0].length)];
    return { words: halves, isJson: false, isLegacyPair: true };
  }
  const halves = words.flatMap((word) => {
    const equals = word.indexOf('=');
    if (equals !== -1) return [word.slice(0, equals), word.slice(equals + 1)];
    const detail = `Syntax error - can't find = in "${word}". Must be of the form: name=value`;
    throw new DockerfileRefusal('invalid-instruction', null, detail);
  });
  return { words: halves, isJson: false };
}

/** Splits at white space outside quotes; quotes and escapes are kept (BuildKit, parseWords). */
function quotedWords(rest: string, escapeToken: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let wasQuoted = false;
  const finish = () => {
    if (wasQuoted || word !== '') words.push(word);
    word = '';
    wasQuoted = false;
  };
  const characters = [...rest];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (quote === '' && isSpace(character)) {
      finish();
    } else if (character === escapeToken && quote !== "'") {
      // An escape token at the end is dropped.
      at += 1;
      if (at < characters.length) word += character + (characters[at] ?? '');
      else quote = '';
    } else {
      word += character;
      if (quote === '' && (character === "'" || character === '"')) {
        quote = character;
        wasQuoted = true;
      } else if (character === quote) quote = '';
    }
  }
  finish();
  return words;
}
