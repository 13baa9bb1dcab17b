import type { YamlNode } from './yaml.ts';

/** A node below this one, by keys; undefined where there is none. */
export function childOf(node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  return keys.reduce<YamlNode | undefined>((at, key) => {
    return at?.kind === 'mapping' ? at.entries.find((entry) => entry.key === key)?.value : undefined;
  }, node);
}

/** The entries of a mapping. */
export function entriesOf(node: YamlNode | undefined) {
  return node?.kind === 'mapping' ? node.entries : [];
}

/** The items of a list. */
export function elementsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** The text of a scalar. */
export function scalarOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'text' ? node.text : undefined;
}
