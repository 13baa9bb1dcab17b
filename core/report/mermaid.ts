import { visibleText } from '../text/escape.ts';
import { type LineageNode, lineageOf } from './lineage.ts';
import type { ReportedImage } from './report.ts';

/** GitHub draws no larger picture that can still be read. */
const mostImages = 60;
/** Mermaid's own bounds (maxEdges, maxTextSize): an error stands in place of what is larger. */
const mermaidBounds = { edges: 500, characters: 50_000 };

const colours = { bad: '#cf222e', warn: '#9a6700', good: '#1a7f37', calm: '#6e7781' } as const;

/** Which image stands on which base as a Mermaid flowchart in a fence; undefined where nothing stands on anything. */
export function lineageMermaid(images: readonly ReportedImage[]): string | undefined {
  const { nodes, edges, left } = lineageOf(images, mostImages);
  if (edges.length === 0 || edges.length > mermaidBounds.edges || left > 0) return undefined;
  const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  const lines = [
    'flowchart LR',
    ...nodes.map((node) => `${ids.get(node.key)}["${labelOf(node)}"]:::${node.tone}`),
    ...edges.map(({ from, to, isRuntime }) => `${ids.get(from)} ${isRuntime ? '-->' : '-.->'} ${ids.get(to)}`),
    ...Object.entries(colours).map(([tone, colour]) => `classDef ${tone} stroke:${colour},stroke-width:2px`),
  ];
  const text = lines.join('\n');
  return text.length > mermaidBounds.characters ? undefined : `\`\`\`mermaid\n${text}\n\`\`\`\n`;
}

// Mermaid reads markup, entities and directives within its quotes: of a name only what names are made of is left.
function labelOf({ label, state }: LineageNode): string {
  return `${visibleText(label, 60)} · ${state}`.replace(/[^\p{L}\p{N} ./:@·_-]/gu, '_');
}
