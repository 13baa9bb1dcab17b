import type { YamlNode } from '../../settings/yaml.ts';

/** A node below this one, by keys; undefined where there is none. */
export function below(node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  return keys.reduce<YamlNode | undefined>((at, key) => {
    return at?.kind === 'mapping' ? at.entries.find((entry) => entry.key === key)?.value : undefined;
  }, node);
}

/** The entries of a mapping. */
export function entriesOf(node: YamlNode | undefined) {
  return node?.kind === 'mapping' ? node.entries : [];
}

/** The items of a list. */
export function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** The text of a scalar. */
export function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'text' ? node.text : undefined;
}

/** Names where one, a list of them or a mapping by them may stand, as in `on:` of a workflow. */
export function namesOf(node: YamlNode | undefined): readonly string[] {
  const text = textOf(node);
  if (text !== undefined) return [text];
  return [...entriesOf(node).map(({ key }) => key), ...itemsOf(node).flatMap((item) => textOf(item) ?? [])];
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
