import { behindSince } from './base-groups.ts';
import { type ImageOutcome, isOutdated, outcomeLabel, outcomeOf, runtimeBase, type Tone, toneOf } from './outcome.ts';
import type { ReportedBase, ReportedImage } from './report.ts';
import { familiarName } from './words.ts';

/** A base or an image in the picture of what stands on what. */
export interface LineageNode {
  readonly key: string;
  readonly label: string;
  /** What became of it, in a few words: `promoted`, `moved 3 days ago`. */
  readonly state: string;
  readonly tone: Tone;
  /** The image of this report that it is; absent for a base of others. */
  readonly image?: ReportedImage;
}

/** That an image stands on a base. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly tone: Tone;
  /** Whether the image keeps the layers of the base. */
  readonly isRuntime: boolean;
}

/** Which image stands on which base: upstream bases, the repository's own bases, images. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Images that are not in it because there are too many. */
  readonly left: number;
}

/** The lineage of the first images of a list, with every base that they stand on. */
export function lineageOf(images: readonly ReportedImage[], most: number): Lineage {
  const own = ownReferences(images);
  const shown = withParents(images, own, most);
  const keys = new Map(shown.map((image, index) => [image, `image ${index}`]));
  const keyOf = (image: ReportedImage) => keys.get(image) ?? '';
  const nodes = new Map<string, LineageNode>(shown.map((image) => [keyOf(image), imageNode(keyOf(image), image)]));
  const edges = new Map<string, LineageEdge>();
  for (const image of shown) {
    const to = keyOf(image);
    for (const base of image.bases) {
      if (base.via === 'syntax') continue;
      const parent = own.get(familiarName(base.reference));
      const from = parent === undefined ? `base ${base.reference}` : keyOf(parent);
      if (from === to) continue;
      if (parent === undefined) nodes.set(from, baseNode(nodes.get(from), from, image, base));
      const isRuntime = base === runtimeBase(image);
      if (isRuntime || !edges.has(`${from} ${to}`))
        edges.set(`${from} ${to}`, { from, to, tone: toneOfBase(image, base), isRuntime });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], left: images.length - shown.length };
}

// A base of the repository's own is an image whose release reference another image names.
function ownReferences(images: readonly ReportedImage[]): ReadonlyMap<string, ReportedImage> {
  return new Map(
    images.flatMap((image) =>
      [image.image, ...(image.promotion?.tags ?? []).map(({ reference }) => reference)].flatMap((reference) =>
        reference === null ? [] : [[familiarName(reference), image] as const],
      ),
    ),
  );
}

function withParents(
  images: readonly ReportedImage[],
  own: ReadonlyMap<string, ReportedImage>,
  most: number,
): readonly ReportedImage[] {
  const shown = new Set(images.slice(0, most));
  for (const image of shown) {
    for (const { reference } of image.bases) {
      const parent = own.get(familiarName(reference));
      if (parent !== undefined) shown.add(parent);
    }
  }
  return [...shown];
}

function imageNode(key: string, image: ReportedImage): LineageNode {
  const outcome: ImageOutcome = outcomeOf(image);
  return {
    key,
    label: image.name,
    state: outcomeLabel(outcome),
    tone: toneOf(outcome),
    image,
  };
}

const tones: readonly Tone[] = ['bad', 'warn', 'good', 'calm'];

// What is worst of it counts: one image may stand on what another has left behind.
function baseNode(before: LineageNode | undefined, key: string, image: ReportedImage, base: ReportedBase): LineageNode {
  const tone = toneOfBase(image, base);
  if (before !== undefined && tones.indexOf(before.tone) <= tones.indexOf(tone)) return before;
  return { key, label: familiarName(base.reference), state: stateOfBase(base), tone };
}

function toneOfBase(image: ReportedImage, base: ReportedBase): Tone {
  if (base.verdict === 'unknown' || base.verdict === 'platform-missing') return 'bad';
  if (isOutdated(image, base)) return 'warn';
  return image.promotion !== null && base.verdict !== 'current' ? 'good' : 'calm';
}

function stateOfBase(base: ReportedBase): string {
  const since = behindSince(base);
  switch (base.verdict) {
    case 'stale':
    case 'settling':
      return since === '' ? 'moved' : since.startsWith('seen') ? since : `moved ${since}`;
    case 'unknown':
      return 'not checked';
    case 'platform-missing':
      return 'lacks a platform';
    case 'missing':
      return base.to === null ? 'not published' : 'new here';
    case 'unrecorded':
      return 'not recorded';
    case 'unchanged-packages':
    case 'unchanged-for-platforms':
      return 'unchanged';
    case 'current':
      return 'current';
  }
}
