import { cutInMiddle } from '../../text/terminal-table.ts';
import { widthOf } from '../../text/width.ts';
import { counted } from '../../text/words.ts';
import { type Lineage, type LineageEdge, type LineageNode, lineageOf } from '../lineage.ts';
import { type GridPlace, layOut } from '../lineage-layout.ts';
import type { ReportedImage } from '../report.ts';
import { type Markup, markup } from './markup.ts';

const mostImages = 150;
const box = { width: 264, height: 24 };
const step = { column: 330, row: 31 };
const margin = 8;
/** Of a box, and of a character of label and state in it, in pixels. */
const room = { text: 234, label: 7.4, state: 6.5 };
const longestState = 17;

/** A picture of which image stands on which base, coloured by what became of each. */
export function lineageMarkup(
  images: readonly ReportedImage[],
  anchorOf: (image: ReportedImage) => string | undefined,
): Markup | null {
  const lineage = lineageOf(images, mostImages);
  if (lineage.edges.length === 0) return null;
  const { places, columns, rows } = layOut(lineage);
  const width = (columns - 1) * step.column + box.width + 2 * margin;
  const height = (rows - 1) * step.row + box.height + 2 * margin;
  const edges = lineage.edges.map((edge) => edgeMarkup(edge, places));
  const nodes = lineage.nodes.map((node) => nodeMarkup(node, places.get(node.key), anchorOf));
  return markup`<section aria-labelledby="lineage"><h2 id="lineage">What stands on what</h2>
<figure class="lineage"><div class="scroll" tabindex="0" role="group" aria-label="Lineage of the images"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${edges}${nodes}</svg></div><figcaption>${captionOf(lineage)}</figcaption></figure></section>`;
}

function captionOf({ edges, left }: Lineage): string {
  const stages = edges.some(({ isRuntime }) => !isRuntime) ? ' Dashed: used by a build stage only.' : '';
  const rest = left === 0 ? '' : ` ${counted(left, 'more image')} in the table below.`;
  return `From left to right: bases, and what is built on them.${stages}${rest}`;
}

function corner({ column, row }: GridPlace): { readonly x: number; readonly y: number } {
  return { x: margin + column * step.column, y: Math.round(margin + row * step.row) };
}

// It turns right behind the base: farther on, other bases may stand in its way.
function edgeMarkup({ from, to, tone, isRuntime }: LineageEdge, places: ReadonlyMap<string, GridPlace>): Markup | null {
  const [start, end] = [places.get(from), places.get(to)];
  if (start === undefined || end === undefined) return null;
  const [a, b] = [corner(start), corner(end)];
  const [x, y, toX, toY] = [a.x + box.width, a.y + box.height / 2, b.x, b.y + box.height / 2];
  const turn = Math.max(20, step.column - box.width);
  const path = `M${x} ${y}C${x + turn / 2} ${y} ${x + turn / 2} ${toY} ${x + turn} ${toY}H${toX}`;
  return markup`<path class="${tone}${isRuntime ? '' : ' stage'}" d="${path}"/>`;
}

function nodeMarkup(
  node: LineageNode,
  place: GridPlace | undefined,
  anchorOf: (image: ReportedImage) => string | undefined,
): Markup | null {
  if (place === undefined) return null;
  const { x, y } = corner(place);
  const { label, state, tone, image } = node;
  const words = cutInMiddle(state, longestState);
  const name = cutInMiddle(label, Math.floor((room.text - widthOf(words) * room.state) / room.label));
  const drawn = markup`<title>${label}: ${state}</title><rect class="node" x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/><rect class="edge ${tone}" x="${x}" y="${y}" width="5" height="${box.height}" rx="2"/><text x="${x + 13}" y="${y + 16}">${name}</text><text class="state ${tone}" x="${x + box.width - 8}" y="${y + 16}">${words}</text>`;
  const anchor = image === undefined ? undefined : anchorOf(image);
  return anchor === undefined ? markup`<g>${drawn}</g>\n` : markup`<a href="#${anchor}">${drawn}</a>\n`;
}
