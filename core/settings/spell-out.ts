import type { MappingShape, Shape, ValueInput } from './shape.ts';
import type { YamlEntry, YamlNode } from './yaml.ts';

/** The node with what may be written shorter as what it stands for: `gate: absolute`, `tags: latest`. */
export function spellOut(node: YamlNode, shape: Shape): YamlNode {
  switch (shape.kind) {
    case 'list':
      return node.kind === 'list' ? { ...node, items: node.items.map((item) => spellOut(item, shape.items)) } : node;
    case 'value':
      return listOf(node, shape.input);
    case 'mapping':
      return spelledMapping(node, shape);
  }
}

// Words with spaces may be a command line, which is split nowhere.
function listOf(node: YamlNode, { kind, commas }: ValueInput): YamlNode {
  if (kind !== 'list' || node.kind !== 'text') return node;
  const parts = (commas === true ? node.text.split(',') : [node.text]).map((part) => part.trim());
  if (parts.some((part) => part === '' || /\s/.test(part))) return node;
  return { kind: 'list', items: parts.map((text) => ({ ...node, text })), line: node.line };
}

function spelledMapping(node: YamlNode, shape: MappingShape): YamlNode {
  if (node.kind === 'text' && shape.word !== undefined && node.text.trim() !== '') {
    const entry = { key: shape.word, line: node.line, value: node };
    return { kind: 'mapping', entries: [entry], line: node.line };
  }
  if (node.kind !== 'mapping') return node;
  const entries = node.entries.map((written) => {
    const entry = shape.inAnyCase === true ? inLowerCase(written, node.entries) : written;
    const key = Object.hasOwn(shape.keys, entry.key) ? shape.keys[entry.key] : undefined;
    return key === undefined ? entry : { ...entry, value: spellOut(entry.value, key.shape) };
  });
  return { ...node, entries };
}

// A key that is there twice, in two cases, stays as it is written and is refused.
function inLowerCase(entry: YamlEntry, all: readonly YamlEntry[]): YamlEntry {
  const key = entry.key.toLowerCase();
  return all.filter((other) => other.key.toLowerCase() === key).length > 1 ? entry : { ...entry, key };
}
