import { Refusal } from './refusal.ts';

const known = new Set(['escape', 'syntax', 'check']);

/** Reads parser directives line by line: they end at the first line that does not look like one. */
export function createDirectiveReader(comment = '#') {
  const pattern = new RegExp(`^${comment}\\s*([a-zA-Z][a-zA-Z0-9]*)\\s*=\\s*(.+?)\\s*$`);
  const seen = new Set<string>();
  let done = false;
  return {
    /** The directive on a line; undefined where there is none. Throws on a second one of a kind. */
    read(text: string, line: number): { readonly name: string; readonly value: string } | undefined {
      if (done) return undefined;
      const match = pattern.exec(text);
      if (match === null) {
        done = true;
        return undefined;
      }
      const name = (match[1] ?? '').toLowerCase();
      if (!known.has(name)) return undefined;
      if (seen.has(name)) {
        throw new Refusal('invalid-directive', line, `only one ${name} parser directive can be used`);
      }
      seen.add(name);
      return { name, value: match[2] ?? '' };
    },
  };
}

/** Where a syntax directive stands and which frontend image it names. */
export interface SyntaxDirective {
  readonly reference: string;
  readonly line: number;
}

/** The frontend that BuildKit would run the file with: `# syntax=`, `// syntax=` or a JSON file with the key. */
export function detectSyntax(text: string): SyntaxDirective | undefined {
  return detectIn(text, '#') ?? detectIn(text, '//') ?? detectJson(text);
}

function detectIn(text: string, comment: string): SyntaxDirective | undefined {
  const reader = createDirectiveReader(comment);
  const shebang = text.startsWith('#!') ? 1 : 0;
  const lines = text.split('\n');
  for (let at = shebang; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').replace(/\r$/, '');
    const directive = readQuietly(reader, line, at + 1);
    if (directive === 'refused') return undefined;
    if (directive?.name === 'syntax') return { reference: directive.value.split(' ', 1)[0] ?? '', line: at + 1 };
    if (directive === undefined && !line.startsWith(comment)) return undefined;
  }
  return undefined;
}

// A doubled directive is the parser's to refuse.
function readQuietly(reader: ReturnType<typeof createDirectiveReader>, text: string, line: number) {
  try {
    return reader.read(text, line);
  } catch (error) {
    if (error instanceof Refusal) return 'refused' as const;
    throw error;
  }
}

function detectJson(text: string): SyntaxDirective | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('syntax' in parsed)) return undefined;
    const { syntax } = parsed;
    return typeof syntax === 'string' ? { reference: syntax.split(' ', 1)[0] ?? '', line: 1 } : undefined;
  } catch {
    return undefined;
  }
}
