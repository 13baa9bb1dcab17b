import { mapStrings } from './json.ts';

/** Length from which a secret is masked: a shorter one stands in half of what is written, which masks would blank out. */
export const shortestMask = 4;

/** Hides secrets in what is written; keys and words of the program's own documents stay. */
export interface Mask {
  /** Hides a secret from now on, line by line. */
  readonly add: (secret: string) => void;
  /** A message from anywhere. */
  readonly text: (text: string) => string;
  /** A document for people: secrets that are words of documents stay in it. */
  readonly document: (text: string) => string;
  /** One value of a document: a word of its own stays. */
  readonly value: (text: string) => string;
  /** A JSON document, or a piece of one that ends between its values. */
  readonly json: (json: string) => string;
}

/** Who hears of secrets. */
export interface MaskListener {
  /** Why a secret is not hidden everywhere: each reason once. */
  readonly warn: (warning: string) => void;
  /** A line to hide, where the host's log hides it too. */
  readonly hide?: (line: string) => void;
}

/** A mask that hides nothing yet; `words` are those that documents use for states, kinds and the like. */
export function createMask(words: () => ReadonlySet<string>, { warn, hide }: MaskListener): Mask {
  let secrets: readonly string[] = [];
  let ownWords: ReadonlySet<string> = new Set();
  const warned = new Set<string>();
  const once = (why: string) => {
    if (!warned.has(why)) warn(`a secret ${why}; use a longer one`);
    warned.add(why);
  };
  const hidden = (text: string, ones: readonly string[]) =>
    ones.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  const text = (given: string) => hidden(given, secrets);
  const value = (given: string) => (ownWords.has(given) || isFixed(given) ? given : text(given));
  return {
    add: (secret) => {
      if (secret.trim() === '') return;
      if (ownWords.size === 0) ownWords = words();
      const long = secret.split(/\r\n|\r|\n/).filter((line) => line.trim().length >= shortestMask);
      const lines = [...new Set(long)].filter((line) => !secrets.includes(line));
      // The longest first: what holds another is hidden whole.
      secrets = [...secrets, ...lines].sort((a, b) => b.length - a.length);
      for (const line of lines) hide?.(line);
      if (long.length === 0) once(`has fewer than ${shortestMask} characters and is not masked`);
      else if (ownWords.has(secret)) once('is a word that reports use and stays in them');
    },
    text,
    document: (given) =>
      hidden(
        given,
        secrets.filter((secret) => !ownWords.has(secret)),
      ),
    value,
    json: (json) => (secrets.some((secret) => json.includes(written(secret))) ? mapStrings(json, value) : json),
  };
}

// Of a digest and of a time no part is anybody's text.
function isFixed(value: string): boolean {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|\d{4}-\d\d-\d\dT[\d:.]+Z)$/.test(value);
}

function written(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}

/** The value with each text in it mapped; keys stay, and what has no text to map is the same value. */
export function mapTexts<T>(value: T, map: (text: string) => string): T;
export function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) {
    const mapped = value.map((item: unknown) => mapTexts(item, map));
    return mapped.every((item, at) => item === value[at]) ? value : mapped;
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value);
  const mapped = entries.map(([key, item]: [string, unknown]) => [key, mapTexts(item, map)] as const);
  return mapped.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(mapped);
}
