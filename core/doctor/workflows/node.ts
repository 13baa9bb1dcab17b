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

/** A text of a file, where it begins. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

/** Every text in the tree. */
export function linesIn(node: YamlNode): readonly Line[] {
  switch (node.kind) {
    case 'mapping':
      return node.entries.flatMap(({ value }) => linesIn(value));
    case 'list':
      return node.items.flatMap(linesIn);
    case 'text':
      return [{ text: node.text, line: node.line }];
    case 'empty':
      return [];
  }
}
