import type { LayerEntry, LayerFiles } from './layer-files.ts';

/** The files of an image: its layers laid over each other. */
export interface FileSystem {
  /** What stands at a path, links in its folders followed but not a link that it is itself. */
  at(path: string): LayerEntry | undefined;
  /** The path with links in its folders followed. */
  resolve(path: string): string;
  /** The path with every link followed. */
  follow(path: string): string;
  /** Whether a folder is there, links followed. */
  isDirectory(path: string): boolean;
  /** The text of a file that was kept, links followed. */
  text(path: string): string | undefined;
  paths(): Iterable<string>;
  /** Its top folder: names as they are, no link followed. */
  readonly root: TreeNode;
  /** Why engines cannot unpack it; absent where they can. */
  readonly fault?: string;
}

/** A name in the tree of an image, or of one layer. */
export interface TreeNode {
  readonly children: ReadonlyMap<string, TreeNode> | undefined;
  readonly entry: LayerEntry | undefined;
  /** What a layer hides of those below it: the name itself, or all that a folder holds. */
  readonly hides?: 'name' | 'content';
  /** Whether the archive lists the folder, rather than only what is in it. */
  readonly isListed?: boolean;
}

/** One layer as it is unpacked by itself. */
export interface LayerTree {
  readonly root: TreeNode;
  readonly fault?: string;
}

/** As many links as Linux follows (path_resolution(7)). */
const mostLinks = 40;
/** Characters of links that are followed for one path: Linux knows no longer path (PATH_MAX). */
const longestWay = 4096;

interface Node {
  /** Made with the first of them: most names are files. */
  children: Map<string, Node> | undefined;
  entry: LayerEntry | undefined;
  hides?: 'name' | 'content';
  isListed?: boolean;
}

/**
 * Lays layers over each other, the lowest first. Each is unpacked by itself and then laid over those below it, as engines
 * do: links of lower layers lead nothing of it elsewhere, and a folder over a link hides it.
 */
export function layered(layers: readonly LayerFiles[]): FileSystem {
  const root = newNode();
  let fault: string | undefined;
  for (const layer of layers) {
    const tree = unpacked(layer);
    fault ??= tree.fault;
    layOver(root, tree.root);
  }
  return {
    root,
    ...(fault === undefined ? {} : { fault }),
    at: (path) => find(root, path, false).node?.entry,
    resolve: (path) => find(root, path, false).path(),
    follow: (path) => find(root, path, true).path(),
    isDirectory: (path) => path === '' || find(root, path, true).node?.entry?.kind === 'directory',
    text: (path) => {
      const found = find(root, path, true).node?.entry;
      return found?.kind === 'file' ? found.text : undefined;
    },
    paths: () => pathsBelow(root),
  };
}

/** The tree of one layer, in which only links of its own are followed. */
export function layerTree(layer: LayerFiles): LayerTree {
  return unpacked(layer);
}

function newNode(): Node {
  return { children: undefined, entry: undefined };
}

interface Unpacking {
  readonly root: Node;
  fault?: string;
}

function unpacked({ entries, whiteouts, opaque, fault }: LayerFiles): Unpacking {
  const tree: Unpacking = { root: newNode(), ...(fault === undefined ? {} : { fault }) };
  for (const path of whiteouts) made(tree, path).hides = 'name';
  for (const [name, entry] of entries) {
    const node = made(tree, name);
    if (entry.kind !== 'directory') node.children = undefined;
    node.entry = entry.kind === 'hardlink' ? linkedFile(tree, name, entry) : entry;
    node.isListed = true;
  }
  // Engines empty no top folder.
  for (const path of opaque.filter((folder) => folder !== '')) {
    const node = made(tree, path);
    node.entry ??= { kind: 'directory' };
    node.hides = 'content';
  }
  return tree;
}

// A hard link is the file that it names as that is now, whatever later takes the place of the other name.
function linkedFile(
  tree: Unpacking,
  name: string,
  link: Extract<LayerEntry, { readonly kind: 'hardlink' }>,
): LayerEntry {
  const { node } = find(tree.root, link.target, false);
  if (node?.entry === undefined) tree.fault ??= `it links ${name} to ${link.target}, which it does not bring before`;
  return node?.entry ?? link;
}

// An archive need not list the folders of its files.
function made(tree: Unpacking, path: string): Node {
  const { parts, parent, links } = find(tree.root, path, false);
  if (links > 0 && parent === undefined) tree.fault ??= `it brings ${path} through a link that leads nowhere in it`;
  let node = tree.root;
  for (const part of parts) {
    node.children ??= new Map();
    const child = node.children.get(part) ?? newNode();
    node.children.set(part, child);
    if (node !== tree.root && node.entry === undefined) {
      if (node.hides === 'name') tree.fault ??= `it brings ${path} below a name that it deletes`;
      node.entry = { kind: 'directory' };
    }
    node = child;
  }
  return node;
}

function layOver(lower: Node, upper: Node): void {
  const open = [{ lower, upper }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    if (pair.upper.hides === 'content') pair.lower.children = undefined;
    for (const [name, child] of pair.upper.children ?? []) {
      pair.lower.children ??= new Map();
      const node = laid(pair.lower.children.get(name), child);
      if (node === undefined) pair.lower.children.delete(name);
      else {
        pair.lower.children.set(name, node);
        open.push({ lower: node, upper: child });
      }
    }
  }
}

// What stands at a name then; undefined where the layer deletes it.
function laid(below: Node | undefined, above: Node): Node | undefined {
  if (above.entry === undefined) return undefined;
  if (above.entry.kind !== 'directory' || below?.entry?.kind !== 'directory') {
    return { children: undefined, entry: above.entry };
  }
  if (above.isListed === true) below.entry = above.entry;
  return below;
}

interface Found {
  /** Undefined where nothing stands there. */
  readonly node: Node | undefined;
  readonly parent: Node | undefined;
  readonly parts: readonly string[];
  /** Links that were followed. */
  readonly links: number;
  readonly path: () => string;
}

// Follows links in the folders of a path, and with `last` one that it is itself.
function find(root: Node, path: string, last: boolean): Found {
  // The next part stands last.
  const left = path === '' ? [] : path.split('/').reverse();
  const parts: string[] = [];
  const nodes: (Node | undefined)[] = [root];
  let [links, way] = [0, 0];
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    const node = nodes.at(-1)?.children?.get(part);
    const target = node?.entry?.kind === 'symlink' && (last || left.length > 0) ? node.entry.target : undefined;
    way += target?.length ?? 0;
    if (target !== undefined && links++ < mostLinks && way <= longestWay) follow(target, { left, parts, nodes });
    else {
      parts.push(part);
      nodes.push(node);
    }
  }
  return { node: nodes.at(-1), parent: nodes.at(-2), parts, links, path: () => parts.join('/') };
}

interface Walk {
  readonly left: string[];
  readonly parts: string[];
  readonly nodes: (Node | undefined)[];
}

// What a link names counts from the folder that holds it, or from the root, which nothing leads out of.
function follow(target: string, { left, parts, nodes }: Walk): void {
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  if (target.startsWith('/')) [parts.length, nodes.length] = [0, 1];
  let above = 0;
  const named: string[] = [];
  for (const step of steps) {
    if (step !== '..') named.push(step);
    else if (named.pop() === undefined) above += 1;
  }
  parts.length = Math.max(0, parts.length - above);
  nodes.length = parts.length + 1;
  for (const step of named.reverse()) left.push(step);
}

function* pathsBelow(root: Node): Generator<string> {
  const open = [{ folder: '', children: root.children?.entries() }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const next = last.children?.next();
    if (next === undefined || next.done === true) {
      open.pop();
      continue;
    }
    const [name, child] = next.value;
    const path = last.folder === '' ? name : `${last.folder}/${name}`;
    if (child.entry !== undefined) yield path;
    if (child.children !== undefined) open.push({ folder: path, children: child.children.entries() });
  }
}
