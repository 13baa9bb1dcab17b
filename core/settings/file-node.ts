import type { Text } from './value.ts';
import type { YamlNode } from './yaml.ts';
import { childOf, elementsOf, entriesOf } from './yaml-node.ts';

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
    const node = childOf(at?.node, name);
    if (at === undefined || node === undefined) return undefined;
    return { file: at.file, key: at.key === '' ? name : `${at.key}.${name}`, node };
  }, parent);
}

/** The items of a list node; none where the node is absent. */
export function itemNodes(parent: FileNode | undefined): readonly FileNode[] {
  if (parent === undefined) return [];
  return elementsOf(parent.node).map((node, index) => ({ file: parent.file, key: `${parent.key}[${index}]`, node }));
}

/** The text of a scalar node. */
export function statedText(at: FileNode | undefined): Text | undefined {
  if (at?.node.kind !== 'text') return undefined;
  return { text: at.node.text, where: `${at.node.file ?? at.file}:${at.node.line}`, key: at.key };
}

/** The texts of a list node. */
export function statedTexts(at: FileNode | undefined): readonly Text[] {
  return itemNodes(at).flatMap((item) => statedText(item) ?? []);
}

/** The names and texts of a mapping node. */
export function pairsOf(at: FileNode | undefined): readonly Pair[] {
  if (at === undefined) return [];
  return entriesOf(at.node).flatMap(({ key, value: node }) => {
    const value = statedText({ file: at.file, key: `${at.key}.${key}`, node });
    return value === undefined ? [] : [{ name: key, value }];
  });
}
