import type { Shape } from './shape.ts';
import type { YamlNode } from './yaml.ts';

/** The node with every mapping that is written as one word, such as `gate: absolute`, as the mapping that it stands for. */
export function spellOut(node: YamlNode, shape: Shape): YamlNode {
  if (shape.kind === 'list' && node.kind === 'list') {
    return { ...node, items: node.items.map((item) => spellOut(item, shape.items)) };
  }
  if (shape.kind !== 'mapping') return node;
  if (node.kind === 'text' && shape.word !== undefined && node.text.trim() !== '') {
    const entry = { key: shape.word, line: node.line, value: node };
    return { kind: 'mapping', entries: [entry], line: node.line };
  }
  if (node.kind !== 'mapping') return node;
  const entries = node.entries.map((entry) => {
    const key = Object.hasOwn(shape.keys, entry.key) ? shape.keys[entry.key] : undefined;
    return key === undefined ? entry : { ...entry, value: spellOut(entry.value, key.shape) };
  });
  return { ...node, entries };
}
