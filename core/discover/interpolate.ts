/** Variables by name. */
export type Environment = ReadonlyMap<string, string>;

const deepest = 20;

/**
 * Puts variables into a text as Compose does: `$NAME`, `${NAME}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, nested, and `$$` for
 * a dollar. What Compose would refuse for want of a value stays as it is written.
 */
export function interpolate(text: string, env: Environment, depth = 0): string {
  if (depth > deepest || !text.includes('$')) return text;
  let result = '';
  for (let at = 0; at < text.length; ) {
    const { length, value } = text[at] === '$' ? dollar(text, at, env, depth) : literal(text, at);
    result += value;
    at += length;
  }
  return result;
}

interface Piece {
  readonly length: number;
  readonly value: string;
}

function literal(text: string, at: number): Piece {
  const end = text.indexOf('$', at);
  const value = text.slice(at, end === -1 ? undefined : end);
  return { length: value.length, value };
}

function dollar(text: string, at: number, env: Environment, depth: number): Piece {
  if (text[at + 1] === '$') return { length: 2, value: '$' };
  const bare = /^\$([A-Za-z_]\w*)/.exec(text.slice(at, at + 300))?.[1];
  if (bare !== undefined) return { length: bare.length + 1, value: env.get(bare) ?? '' };
  const end = text[at + 1] === '{' ? closing(text, at + 2) : -1;
  if (end === -1) return { length: 1, value: '$' };
  const whole = text.slice(at, end + 1);
  return { length: whole.length, value: substituted(whole.slice(2, -1), env, depth) ?? whole };
}

// The brace that ends what begins here, over those of substitutions within.
function closing(text: string, start: number): number {
  let open = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('${', at)) open += 1;
    if (text[at] === '}') open -= 1;
    if (open === 0) return at;
  }
  return -1;
}

function substituted(inside: string, env: Environment, depth: number): string | undefined {
  const [, name = '', operator = '', word = ''] = /^([A-Za-z_]\w*)(?:(:?[-+?])(.*))?$/s.exec(inside) ?? [];
  if (name === '') return undefined;
  const value = env.get(name);
  const isMissing = value === undefined || (operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) return isMissing ? '' : interpolate(word, env, depth + 1);
  if (!isMissing) return value;
  if (operator.endsWith('-')) return interpolate(word, env, depth + 1);
  return operator === '' ? '' : undefined;
}

/** The value with variables in all its texts; what aliases share is gone through once. */
export function interpolateAll(value: unknown, env: Environment, done = new Map<object, unknown>()): unknown {
  if (typeof value === 'string') return interpolate(value, env);
  if (typeof value !== 'object' || value === null) return value;
  if (done.has(value)) return done.get(value);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    done.set(value, items);
    for (const item of value) items.push(interpolateAll(item, env, done));
    return items;
  }
  const filled: object = Object.create(Object.getPrototypeOf(value));
  done.set(value, filled);
  for (const [key, item] of Object.entries(value)) {
    // A key may be __proto__, which is not to be assigned.
    Object.defineProperty(filled, key, { value: interpolateAll(item, env, done), enumerable: true });
  }
  return filled;
}

/** Reads a `.env` file: NAME=VALUE lines, quotes around values, comments, and values of lines above. */
export function readEnvFile(text: string, outer: Environment = new Map()): Environment {
  const values = new Map(outer);
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || outer.has(name)) continue;
    const [, quote, quoted = ''] = /^(["'])(.*?)\1(?:\s+#.*)?$/.exec(value) ?? [];
    const plain = quote === undefined ? value.replace(/(?:^|\s+)#.*$/, '') : quoted;
    values.set(name, quote === "'" ? plain : interpolate(plain, values));
  }
  return values;
}
