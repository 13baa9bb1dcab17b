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
}

/** As many links as Linux follows (path_resolution(7)). */
const mostLinks = 40;
/** Characters of links that are followed for one path: Linux knows no longer path (PATH_MAX). */
const longestWay = 4096;

/** A name in the tree of an image. */
interface Node {
  readonly name: string;
  readonly parent: Node | undefined;
  /** Made with the first of them: most names are files. */
  children: Map<string, Node> | undefined;
  entry: LayerEntry | undefined;
}

/** Lays layers over each other, the lowest first, with their deletions (OCI image-spec, layer.md#applying-changesets). */
export function layered(layers: readonly LayerFiles[]): FileSystem {
  const root = nodeOf('', undefined);
  for (const layer of layers) apply(root, layer);
  return {
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

function nodeOf(name: string, parent: Node | undefined): Node {
  return { name, parent, children: undefined, entry: undefined };
}

function apply(root: Node, { entries, whiteouts, opaque }: LayerFiles): void {
  for (const folder of opaque) find(root, folder, false).node?.children?.clear();
  for (const path of whiteouts) remove(find(root, path, false).node);
  for (const [name, entry] of entries) {
    const node = made(root, find(root, name, false).parts);
    if (entry.kind !== 'directory') node.children = undefined;
    node.entry = entry.kind === 'hardlink' ? linkedFile(root, entry) : entry;
  }
}

// A hard link is the file that it names as that is now, whatever a later layer puts in the place of the other name.
function linkedFile(root: Node, link: Extract<LayerEntry, { readonly kind: 'hardlink' }>): LayerEntry {
  return find(root, link.target, false).node?.entry ?? link;
}

function remove(node: Node | undefined): void {
  node?.parent?.children?.delete(node.name);
}

// An archive need not list the folders of its files.
function made(root: Node, parts: readonly string[]): Node {
  let node = root;
  for (const part of parts) {
    node.children ??= new Map();
    const child = node.children.get(part) ?? nodeOf(part, node);
    node.children.set(part, child);
    if (node !== root) node.entry ??= { kind: 'directory' };
    node = child;
  }
  return node;
}

interface Found {
  /** Undefined where nothing stands there. */
  readonly node: Node | undefined;
  readonly parts: readonly string[];
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
  return { node: nodes.at(-1), parts, path: () => parts.join('/') };
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
