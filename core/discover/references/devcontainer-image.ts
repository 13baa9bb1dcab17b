import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { parseJsonc } from '../../text/jsonc.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

/** The image of a development container that is built of no Dockerfile. */
export function readDevcontainerImage({ text, path }: ReferenceText): readonly WrittenReference[] {
  const options = { allowTrailingComma: true };
  // Refuses what is nested too deep for the parser of places.
  parseJsonc(text, path, options);
  const tree = parseTree(text, [], options);
  const node = tree === undefined ? undefined : findNodeAtLocation(tree, ['image']);
  if (node?.type !== 'string' || typeof node.value !== 'string' || node.value === '') return [];
  const span = { start: node.offset + 1, end: node.offset + node.length - 1 };
  return [wholeReference(text, { value: node.value, span, quote: '"' })];
}
