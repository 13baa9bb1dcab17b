const width = 120;

/** JSON as Biome formats it: two spaces, lists of plain values on one line where they fit. */
export function formatJson(value: unknown): string {
  return `${format(value, '', 0)}\n`;
}

function format(value: unknown, indent: string, used: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const isPlain = value.every((item) => typeof item !== 'object' || item === null);
    // One column is left for the comma that may follow.
    if (isPlain && used + line.length < width) return line;
    return `[\n${value.map((item) => `${inner}${format(item, inner, inner.length)}`).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => {
    const lead = `${inner}${JSON.stringify(key)}: `;
    return `${lead}${format(item, inner, lead.length)}`;
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
