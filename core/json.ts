/** Nesting of a JSON document: what goes through one that is deeper would not come back. */
export const deepestJson = 200;

/** Parses a JSON document of anybody's; throws SyntaxError where it is none, or is nested too deep for what reads it. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (depthOf(text) > deepestJson) throw new SyntaxError(`nested more than ${deepestJson} deep`);
  return value;
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

/** A JSON document of anybody's; undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A field of anybody's document. */
export function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !(key in value)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
