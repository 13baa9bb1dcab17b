import { relative, sep } from 'node:path';

/** Nesting of a JSON document: what goes through one that is deeper would not come back. */
export const deepestJson = 200;

/** Parses a JSON document of anybody's; throws SyntaxError where it is not one, or is nested too deep for what reads it. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (depthOf(text) > deepestJson) throw new SyntaxError(`nested more than ${deepestJson} deep`);
  return value;
}

/** Parses what this program has made out of values that it had: their depth is known. */
export function parseOwnJson(text: string): unknown {
  return JSON.parse(text);
}

// Of a text that JSON.parse accepts: brackets count outside strings.
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== 0x22 && at < text.length; code = text.charCodeAt(at)) {
    at += code === 0x5c ? 2 : 1;
  }
  return at;
}

/** A JSON document with each text in it mapped; keys stay. */
export function mapStrings(json: string, map: (text: string) => string): string {
  const pieces: string[] = [];
  let done = 0;
  for (let at = json.indexOf('"'); at !== -1; at = json.indexOf('"', at)) {
    const end = endOfString(json, at) + 1;
    const written = json.slice(at, end);
    const text: unknown = isKeyAt(json, end) ? undefined : parsed(written);
    if (typeof text === 'string') {
      const mapped = map(text);
      if (mapped !== text) {
        pieces.push(json.slice(done, at), JSON.stringify(mapped));
        done = end;
      }
    }
    at = end;
  }
  return [...pieces, json.slice(done)].join('');
}

function isKeyAt(json: string, end: number): boolean {
  let at = end;
  while (/\s/.test(json.charAt(at))) at += 1;
  return json.charAt(at) === ':';
}

/** A JSON document of anybody's; undefined where it is not one. */
export function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A field of anybody's document. */
export function field(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A JSON object, or a mapping of YAML, whose shape nothing vouches for. */
export type Mapping = Readonly<Record<string, unknown>>;

/** The value where it is a mapping. */
export function mappingOf(value: unknown): Mapping | undefined {
  return isObject(value) && !Array.isArray(value) ? value : undefined;
}

function isObject(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null;
}

/** The items where the value is a list, else none. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a text where it is a scalar. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The texts of a list. */
export function textsOf(value: unknown): readonly string[] {
  return itemsOf(value).flatMap((item) => textOf(item) ?? []);
}

/** A value of JSON in which what is null is absent; no deeper than parseJson lets through. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  const mapping = mappingOf(value);
  if (mapping === undefined) return value;
  const stated = Object.entries(mapping).filter(([, item]) => item !== null);
  return Object.fromEntries(stated.map(([key, item]) => [key, withoutNulls(item)]));
}

/** The texts of a mapping by name. */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(mappingOf(value) ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, item]) => {
      const text = textOf(item);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** JSON with keys in order, and paths below the folder of the run as they are there: the same on every machine. */
export function canonicalJson(value: unknown, root = ''): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'string') return root !== '' && each.startsWith(root + sep) ? relative(root, each) : each;
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    if (each instanceof Map) return [...each].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    if (each instanceof Set) return [...each].toSorted();
    return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
