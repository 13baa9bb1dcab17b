import type { Text } from './value.ts';
import type { YamlNode } from './yaml.ts';

/** A place in the configuration file from which values are read; its shape has been checked. */
export interface FileNode {
  readonly file: string;
  /** Dotted path of the node, empty at the root. */
  readonly key: string;
  readonly node: YamlNode;
}

/** A key with its value: one build argument, one mirror. */
export interface Pair {
  readonly name: string;
  readonly value: Text;
}

/** The node at a dotted path below this one; undefined where the file says nothing there. */
export function below(parent: FileNode | undefined, path: string): FileNode | undefined {
  return path.split('.').reduce<FileNode | undefined>((at, name) => {
    if (at?.node.kind !== 'mapping') return undefined;
    const entry = at.node.entries.find(({ key }) => key === name);
    if (entry === undefined) return undefined;
    return { file: at.file, key: at.key === '' ? name : `${at.key}.${name}`, node: entry.value };
  }, parent);
}

/** The items of a list node; none where the node is absent. */
export function itemsOf(parent: FileNode | undefined): readonly FileNode[] {
  if (parent?.node.kind !== 'list') return [];
  return parent.node.items.map((node, index) => ({ file: parent.file, key: `${parent.key}[${index}]`, node }));
}

/** The text of a scalar node. */
export function textOf(at: FileNode | undefined): Text | undefined {
  if (at?.node.kind !== 'text') return undefined;
  return { text: at.node.text, where: `${at.node.file ?? at.file}:${at.node.line}`, key: at.key };
}

/** The texts of a list node. */
export function textsOf(at: FileNode | undefined): readonly Text[] {
  return itemsOf(at).flatMap((item) => textOf(item) ?? []);
}

/** The names and texts of a mapping node. */
export function pairsOf(at: FileNode | undefined): readonly Pair[] {
  if (at?.node.kind !== 'mapping') return [];
  return at.node.entries.flatMap(({ key, value: node }) => {
    const value = textOf({ file: at.file, key: `${at.key}.${key}`, node });
    return value === undefined ? [] : [{ name: key, value }];
  });
}
