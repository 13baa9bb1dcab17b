import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { looseNodes, type YamlTreeNode } from '../discover/yaml.ts';
import { lineOf, replaced, type Span } from '../dockerfile/places.ts';
import type { Edit } from './dockerfile/alternatives.ts';

/** A scalar with an anchor, and the aliases that stand for it. */
interface Anchored {
  readonly name: string;
  /** With its quotes. */
  readonly span: Span;
  readonly aliases: readonly Span[];
  /** It stands where Compose and GitLab keep what is only taken in elsewhere. */
  readonly isKeptApart: boolean;
}

const mostAliases = 20;

/**
 * Why an edit of a YAML file would move what is no image: an alias of what it edits, or the place of the anchor itself.
 * `imagesOf` says which images a text names; undefined where nothing else moves.
 */
export function whyMovesOthers(
  text: string,
  edits: readonly Edit[],
  imagesOf: (text: string) => readonly string[] | undefined,
): string | undefined {
  if (!text.includes('&') || !text.includes('*')) return undefined;
  const roots = looseNodes(text, '');
  for (const edit of edits) {
    const anchored = anchoredAt(roots, edit.span);
    const why = anchored === undefined ? undefined : whyMoves(text, anchored, edit, imagesOf);
    if (why !== undefined) return why;
  }
  return undefined;
}

// Each of its places gets the new value alone: where no image changes by that, it is none.
function whyMoves(
  text: string,
  { name, span, aliases, isKeptApart }: Anchored,
  edit: Edit,
  imagesOf: (text: string) => readonly string[] | undefined,
): string | undefined {
  if (aliases.length > mostAliases) return `is written as &${name}, which more than ${mostAliases} places name`;
  const old = text.slice(span.start, span.end);
  const inside = { start: edit.span.start - span.start, end: edit.span.end - span.start };
  const moved = replaced(old, inside, edit.by);
  const moves = (before: string, after: string) => imagesOf(before)?.join(' ') !== imagesOf(after)?.join(' ');
  const idle = aliases.find((alias) => !moves(text, replaced(text, alias, moved)));
  const apart = aliases.toReversed().reduce((all, alias) => replaced(all, alias, old), text);
  const place = idle ?? (isKeptApart || moves(apart, replaced(apart, span, moved)) ? undefined : span);
  if (place === undefined) return undefined;
  return `is written as &${name}, by which it is shared with line ${lineOf(text, place.start)}, where it is no image`;
}

function anchoredAt(roots: readonly YamlTreeNode[], { start, end }: Span): Anchored | undefined {
  let found: (Anchored & { readonly aliases: Span[] }) | undefined;
  const visit = (node: YamlTreeNode | undefined, top: string) => {
    if (isAlias(node)) {
      if (node.source === found?.name && node.range) found.aliases.push({ start: node.range[0], end: node.range[1] });
    } else if (isMap<ParsedNode, ParsedNode | null>(node)) {
      for (const { key, value } of node.items) {
        const name = top === '' && isScalar(key) ? String(key.value) : top;
        visit(key, name);
        visit(value, name);
      }
    } else if (isSeq<ParsedNode>(node)) for (const item of node.items) visit(item, top);
    else if (isScalar(node) && node.anchor !== undefined && node.range) {
      const [from, to] = node.range;
      const isEdited = from <= start && end <= to && start < end;
      if (isEdited) {
        const span = { start: from, end: to };
        found = { name: node.anchor, span, aliases: [], isKeptApart: /^(?:x-|\.)/.test(top) };
      }
    }
  };
  for (const root of roots) {
    visit(root, '');
    if (found !== undefined) return found;
  }
  return undefined;
}
