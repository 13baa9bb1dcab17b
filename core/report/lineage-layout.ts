import type { Lineage, LineageEdge, LineageNode } from './lineage.ts';

/** Where a node stands: columns from the left, rows from the top; a base stands beside the first of what is built on it. */
export interface GridPlace {
  readonly column: number;
  readonly row: number;
}

/** A lineage in columns and rows. */
export interface Layout {
  readonly places: ReadonlyMap<string, GridPlace>;
  readonly columns: number;
  readonly rows: number;
}

interface Tree {
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly string[];
}

/**
 * Lays a lineage out as the trees that runtime bases make: bases at the left, images at the right, no two in one place
 * and no line of a tree across another.
 */
export function layOut(lineage: Lineage): Layout {
  const tree = treeOf(lineage);
  const depth = depthsIn(tree);
  const columns = Math.max(1, ...[...depth.values()].map((value) => value + 1));
  const isBase = new Set(lineage.edges.map(({ from }) => from));
  const places = new Map<string, GridPlace>();
  let rows = 0;
  const place = (key: string): number => {
    const below = (tree.children.get(key) ?? []).map(place);
    const row = below[0] ?? rows++;
    const isLeaf = below.length === 0 && !isBase.has(key);
    places.set(key, { column: isLeaf ? columns - 1 : (depth.get(key) ?? 0), row });
    return row;
  };
  for (const root of tree.roots) place(root);
  return { places, columns, rows };
}

// Each node hangs on one other: what it keeps the layers of. What would close a circle hangs on nothing.
function treeOf({ nodes, edges }: Lineage): Tree {
  const parents = new Map<string, string>();
  for (const { from, to, isRuntime } of edges) {
    if (isRuntime && !parents.has(to) && !isBelow(parents, from, to)) parents.set(to, from);
  }
  const children = new Map<string, string[]>();
  for (const { key } of nodes) {
    const parent = parents.get(key);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), key]);
  }
  const roots = nodes.filter(({ key }) => !parents.has(key));
  return { children, roots: inOrder(roots, edges, parents, children) };
}

function isBelow(parents: ReadonlyMap<string, string>, key: string, other: string): boolean {
  for (let at: string | undefined = key; at !== undefined; at = parents.get(at)) if (at === other) return true;
  return false;
}

const tones = ['bad', 'warn', 'good', 'calm'];

// The worst first; a base of build stages alone stands below the tree of the first image that uses it.
function inOrder(
  roots: readonly LineageNode[],
  edges: readonly LineageEdge[],
  parents: ReadonlyMap<string, string>,
  children: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const rootOf = (key: string): string => {
    let at = key;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) at = up;
    return at;
  };
  const beside = new Map<string, string[]>();
  const main = roots.filter(({ key, image }) => {
    const edge = edges.find(({ from }) => from === key);
    if (edge === undefined || image !== undefined || children.has(key)) return true;
    const root = rootOf(edge.to);
    beside.set(root, [...(beside.get(root) ?? []), key]);
    return false;
  });
  return main
    .toSorted((a, b) => tones.indexOf(a.tone) - tones.indexOf(b.tone))
    .flatMap(({ key }) => [key, ...(beside.get(key) ?? [])]);
}

function depthsIn({ children, roots }: Tree): ReadonlyMap<string, number> {
  const depth = new Map<string, number>();
  const visit = (key: string, at: number): void => {
    depth.set(key, at);
    for (const child of children.get(key) ?? []) visit(child, at + 1);
  };
  for (const root of roots) visit(root, 0);
  return depth;
}
