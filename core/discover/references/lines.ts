import {
  type ReferenceText,
  templatedBy,
  unknownBecause,
  type WrittenReference,
  wholeReference,
} from './written-reference.ts';

const longest = 4096;

interface Line {
  readonly start: number;
  readonly text: string;
}

function* linesIn(text: string): Generator<Line> {
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    const line = text.slice(start, Math.min(end, start + longest));
    yield { start, text: line.endsWith('\r') ? line.slice(0, -1) : line };
    start = end + 1;
  }
}

/** The images of Quadlet units (podman-systemd.unit): the last Image= of a container's or an image's section counts. */
export function readQuadlets({ text }: ReferenceText): readonly WrittenReference[] {
  const last = new Map<string, { readonly value: string; readonly start: number }>();
  let section = '';
  for (const line of unitLines(text)) {
    section = /^\s*\[([^\]]*)\]/.exec(line.text)?.[1] ?? section;
    if (section !== 'Container' && section !== 'Image') continue;
    const [, before, value] = /^(\s*Image\s*=\s*)(.*)$/.exec(line.text) ?? [];
    if (before === undefined || value === undefined) continue;
    last.set(section, { value: value.trimEnd(), start: line.start + before.length });
  }
  return [...last.values()].flatMap(({ value, start }) => {
    // Podman starts no container without one; the others name another unit, which has the image.
    if (value === '' || /\.(?:image|build)$/.test(value)) return [];
    if (/[\s\\]/.test(value)) return [{ at: start, raw: value, ...unknownBecause(`${value} is not one whole word`) }];
    return [wholeReference(text, { value, span: { start, end: start + value.length }, quote: '' })];
  });
}

// A line that a backslash continues goes on in the next that is no comment, which has no key of its own (systemd.syntax).
function* unitLines(text: string): Generator<Line> {
  let isContinued = false;
  for (const line of linesIn(text)) {
    if (/^\s*[#;]/.test(line.text)) continue;
    if (!isContinued) yield line;
    isContinued = line.text.trimEnd().endsWith('\\');
  }
}

/** The images of a template of YAML, line by line: it is not YAML before it is filled in. */
export function readTemplateLines({ text }: ReferenceText): readonly WrittenReference[] {
  const found: WrittenReference[] = [];
  for (const line of linesIn(text)) {
    const [, before, value] = /^(\s*(?:-\s+)?image:\s+)(\S.*)$/.exec(line.text) ?? [];
    if (before === undefined || value === undefined) continue;
    const at = line.start + before.length;
    const put = templatedBy(value);
    const raw = value.trim();
    if (put !== undefined) found.push({ at, raw, ...unknownBecause(`${raw} has ${put}`) });
    else found.push(...plainImage(text, at, raw));
  }
  return found;
}

function plainImage(text: string, at: number, raw: string): readonly WrittenReference[] {
  const [, quote = '', value] = /^(["']?)([^\s"'#]+)\1(?:\s+#.*)?$/.exec(raw) ?? [];
  if (value === undefined) return [];
  const start = at + quote.length;
  const piece = {
    value,
    span: { start, end: start + value.length },
    quote: quote === '"' || quote === "'" ? quote : '',
  } as const;
  return [wholeReference(text, piece)];
}
