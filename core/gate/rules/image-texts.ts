import { isNode } from './node.ts';

const joining: readonly string[] = ['&&', '||', '!_', '?:'];

/** The texts with which a condition puts each field of the image together, whichever way: `image.name == "a"`, `.startsWith("a")`. */
export function imageTextsIn(tree: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { fields, texts } of comparisonsIn(tree).map(partsOf)) {
    for (const field of fields) found.set(field, new Set([...(found.get(field) ?? []), ...texts]));
  }
  return found;
}

function comparisonsIn(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node.flatMap(comparisonsIn);
  return isNode(node) && joining.includes(node.op) ? comparisonsIn(node.args) : [node];
}

interface Parts {
  readonly fields: readonly string[];
  readonly texts: readonly string[];
}

function partsOf(node: unknown): Parts {
  if (Array.isArray(node)) {
    const parts = node.map(partsOf);
    return { fields: parts.flatMap(({ fields }) => fields), texts: parts.flatMap(({ texts }) => texts) };
  }
  if (!isNode(node)) return { fields: [], texts: [] };
  const { op, args } = node;
  if (op === 'value') return { fields: [], texts: typeof args === 'string' ? [args] : [] };
  const [of, field] = Array.isArray(args) ? args : [];
  const isField = (op === '.' || op === '.?') && isNode(of) && of.op === 'id' && of.args === 'image';
  return isField ? { fields: [String(field)], texts: [] } : partsOf(args);
}
