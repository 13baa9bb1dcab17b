import { append } from '../append.ts';
import { DockerfileRefusal } from './refusal.ts';
import { isSpace } from './space.ts';

/** Takes leading `--flag` words off the arguments (BuildKit, extractBuilderFlags). */
export function extractFlags(text: string): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text[at] ?? '')) at += 1;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) };
    const word = flagWord(text, at);
    at = word.next;
    if (word.text === '--') return { flags, rest: text.slice(at) };
    flags.push(word.text);
  }
}

function flagWord(text: string, start: number): { readonly text: string; readonly next: number } {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote === '' && isSpace(character)) break;
    if (character === '\\') {
      at += 1;
      word += text[at] ?? '';
    } else if (quote !== '' ? character === quote : character === "'" || character === '"') {
      quote = quote === '' ? character : '';
    } else {
      word += character;
    }
  }
  return { text: word, next: at };
}

export type FlagKind = 'boolean' | 'text' | 'list';

/** The values of an instruction's flags by name. */
export type Flags = ReadonlyMap<string, readonly string[]>;

const none: Flags = new Map();

/** Reads flags by what the instruction knows; throws Refusal for any other (BuildKit, BFlags). */
export function readFlags(words: readonly string[], known: Readonly<Record<string, FlagKind>>): Flags {
  if (words.length === 0) return none;
  const flags = new Map<string, string[]>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals === -1 ? undefined : equals);
    const value = equals === -1 ? undefined : word.slice(equals + 1);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw refused(`unknown flag: --${name}`);
    if (kind !== 'list' && flags.has(name)) throw refused(`duplicate flag specified: --${name}`);
    append(flags, name, flagValue(name, kind, value));
  }
  return flags;
}

function flagValue(name: string, kind: FlagKind, value: string | undefined): string {
  if (kind !== 'boolean') {
    if (value === undefined) throw refused(`missing a value on flag: --${name}`);
    return value;
  }
  const lower = (value ?? 'true').toLowerCase();
  if (lower === '') throw refused(`missing a value on flag: --${name}`);
  if (lower === 'true' || lower === 'false') return lower;
  throw refused(`expecting boolean value for flag --${name}, not: ${value}`);
}

function refused(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-flag', null, detail);
}
