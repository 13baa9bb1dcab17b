/** One challenge of WWW-Authenticate (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; the first of a repeated name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const gap = /[\s,]*/y;
// Registries leave quotes out, so an unquoted value may hold what RFC 9110 allows only in quotes.
const parameter = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"?|([^\s,"]+))/y;
const token68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;

/** Every challenge of a header in its order; what is not a challenge is passed over. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  let position = 0;
  while (position < header.length) {
    position = after(gap, header, position) ?? position;
    const last = challenges.at(-1);
    const found = last === undefined ? null : matchAt(parameter, header, position);
    if (found !== null) {
      const name = (found[1] ?? '').toLowerCase();
      if (!last?.parameters.has(name)) last?.parameters.set(name, unquote(found));
      position = parameter.lastIndex;
      continue;
    }
    const scheme = matchAt(token, header, position);
    if (scheme === null) {
      position += 1;
      continue;
    }
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
    position = token.lastIndex;
    position = after(token68, header, position) ?? position;
  }
  return challenges;
}

function unquote(found: RegExpExecArray): string {
  return found[2] === undefined ? (found[3] ?? '') : found[2].replace(/\\(.)/g, '$1');
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function after(pattern: RegExp, text: string, position: number): number | undefined {
  return matchAt(pattern, text, position) === null ? undefined : pattern.lastIndex;
}
