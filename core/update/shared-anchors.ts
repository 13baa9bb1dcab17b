import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { looseNodes, type YamlTreeNode } from '../discover/yaml.ts';
import { lineOf, replaced, type Span } from '../dockerfile/places.ts';
import type { Edit } from './dockerfile/alternatives.ts';

/** A scalar with an anchor, and the aliases that stand for it. */
interface Anchored {
  readonly name: string;
  /** With its quotes. */
  readonly span: Span;
  readonly aliases: Span[];
  /** It stands where Compose and GitLab keep what is only taken in elsewhere. */
  readonly isKeptApart: boolean;
}

type ImagesOf = (text: string) => readonly string[] | undefined;

const mostAliases = 50;

/**
 * Why an edit of a YAML file would move what is no image: an alias of what it edits, or the place of the anchor itself.
 * `imagesOf` says which images a text names; undefined where nothing else moves.
 */
export function whyMovesOthers(text: string, edits: readonly Edit[], imagesOf: ImagesOf): string | undefined {
  if (!text.includes('&') || !text.includes('*')) return undefined;
  const roots = looseNodes(text, '');
  for (const edit of edits) {
    for (const anchored of anchorsAround(roots, edit.span)) {
      const { name, aliases } = anchored;
      if (aliases.length > mostAliases) return `is written as &${name}, which more than ${mostAliases} places name`;
      const place = idlePlace(text, anchored, edit, imagesOf);
      if (place !== undefined)
        return `is written as &${name}, by which it is shared with line ${lineOf(text, place.start)}, where it is no image`;
    }
  }
  return undefined;
}

// Each of its places gets the new value alone: where no image changes by that, it is not a change.
function idlePlace(
  text: string,
  { span, aliases, isKeptApart }: Anchored,
  edit: Edit,
  imagesOf: ImagesOf,
): Span | undefined {
  const moves = (before: string, after: string) => imagesOf(before)?.join(' ') !== imagesOf(after)?.join(' ');
  const old = text.slice(span.start, span.end);
  const inside = { start: edit.span.start - span.start, end: edit.span.end - span.start };
  const moved = replaced(old, inside, edit.by);
  const idle = aliases.find((alias) => !moves(text, replaced(text, alias, moved)));
  if (idle !== undefined || isKeptApart || aliases.length === 0) return idle;
  const apart = aliases.toReversed().reduce((all, alias) => replaced(all, alias, old), text);
  return moves(apart, replaced(apart, span, moved)) ? undefined : span;
}

function anchorsAround(roots: readonly YamlTreeNode[], { start, end }: Span): readonly Anchored[] {
  // Of one name, what stands last before an alias is what it stands for.
  const latest = new Map<string, Anchored>();
  const found: Anchored[] = [];
  const note = (node: Exclude<YamlTreeNode, null> | undefined, top: string) => {
    if (node === undefined || isAlias(node) || node.anchor === undefined || !node.range) return;
    const span = { start: node.range[0], end: node.range[1] };
    const holds = span.start <= start && end <= span.end && start < end;
    const name = node.anchor;
    if (!holds || !isScalar(node)) {
      latest.delete(name);
      return;
    }
    const own = { name, span, aliases: [], isKeptApart: /^(?:x-|\.)/.test(top) };
    latest.set(name, own);
    found.push(own);
  };
  const visit = (node: YamlTreeNode | undefined, top: string): void => {
    if (isAlias(node)) {
      if (node.range) latest.get(node.source)?.aliases.push({ start: node.range[0], end: node.range[1] });
      return;
    }
    note(node ?? undefined, top);
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      for (const { key, value } of node.items) {
        const name = top === '' && isScalar(key) ? String(key.value) : top;
        visit(key, name);
        visit(value, name);
      }
    } else if (isSeq<ParsedNode>(node)) for (const item of node.items) visit(item, top);
  };
  for (const root of roots) {
    latest.clear();
    visit(root, '');
  }
  return found;
}
