import type { YamlNode } from '../../settings/yaml.ts';
import { elementsOf, entriesOf, scalarOf } from '../../settings/yaml-node.ts';

/** Names where one, a list of them or a mapping by them may stand, as in `on:` of a workflow. */
export function namesInNode(node: YamlNode | undefined): readonly string[] {
  const text = scalarOf(node);
  if (text !== undefined) return [text];
  return [...entriesOf(node).map(({ key }) => key), ...elementsOf(node).flatMap((item) => scalarOf(item) ?? [])];
}

/** Every mapping in the tree. */
export function mappingsIn(node: YamlNode): readonly Extract<YamlNode, { readonly kind: 'mapping' }>[] {
  switch (node.kind) {
    case 'mapping':
      return [node, ...node.entries.flatMap(({ value }) => mappingsIn(value))];
    case 'list':
      return node.items.flatMap(mappingsIn);
    case 'text':
    case 'empty':
      return [];
  }
}
