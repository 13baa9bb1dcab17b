import { append } from '../append.ts';
import { ago, minute } from '../text/time.ts';
import { counted } from '../text/words.ts';
import { outcomeCounts, outcomeLabel, outcomeOf, outcomes, runtimeBase } from './outcome.ts';
import type { ReportedBase, ReportedImage } from './report.ts';
import { cutDigest, familiarName } from './words.ts';

/** Images that belong together. */
export interface ImageGroup {
  /** What they share: `debian:12 moved 3 days ago: 20 images`. */
  readonly heading: string;
  readonly images: readonly ReportedImage[];
}

// What says most about an image comes first.
const weight: Readonly<Record<ReportedBase['verdict'], number>> = {
  unknown: 0,
  'platform-missing': 0,
  stale: 1,
  settling: 2,
  missing: 3,
  unrecorded: 4,
  'unchanged-packages': 5,
  'unchanged-for-platforms': 5,
  current: 5,
};
const fine = 5;

/** The base that the verdict of an image rests on; of several, the one whose layers it keeps. */
export function decidingBase(image: ReportedImage): ReportedBase | undefined {
  const own = runtimeBase(image);
  const ordered = own === undefined ? image.bases : [own, ...image.bases.filter((base) => base !== own)];
  return ordered.toSorted((a, b) => weight[a.verdict] - weight[b.verdict])[0];
}

/** The images of a report by what happened to their bases, those that need a person first. */
export function groupByBase(images: readonly ReportedImage[]): readonly ImageGroup[] {
  const groups = new Map<string, ReportedImage[]>();
  for (const image of images) {
    const base = decidingBase(image);
    const key = JSON.stringify(isSettled(image, base) ? [] : [base?.reference, base?.verdict, base?.to]);
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  const urgency = (group: readonly ReportedImage[]) =>
    Math.min(...group.map((image) => outcomes.indexOf(outcomeOf(image))));
  return [...groups.values()]
    .toSorted((a, b) => urgency(a) - urgency(b) || b.length - a.length)
    .map((group) => ({ heading: `${sharedWords(group)}: ${counted(group.length, 'image')}`, images: group }));
}

/** The images of a report by who is responsible for them, those of nobody last; an image of several stands with each. */
export function groupByOwner(images: readonly ReportedImage[]): readonly ImageGroup[] {
  const groups = new Map<string, ReportedImage[]>();
  for (const image of images) {
    for (const owner of new Set(image.owners ?? [])) append(groups, owner, image);
  }
  const unowned = images.filter(({ owners = [] }) => owners.length === 0);
  const owned = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
  const all = unowned.length === 0 ? owned : [...owned, ['Without an owner', unowned] as const];
  return all.map(([name, own]) => ({ heading: `${name}: ${ownerCounts(own)}`, images: own }));
}

function ownerCounts(images: readonly ReportedImage[]): string {
  const counts = outcomeCounts(images);
  const said = outcomes
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${outcomeLabel(outcome)}`);
  return `${counted(images.length, 'image')} (${said.join(', ')})`;
}

// Its bases are as they were, whatever else there is to say of it.
function isSettled({ verdict }: ReportedImage, base: ReportedBase | undefined): boolean {
  return verdict === 'current' || (base !== undefined && weight[base.verdict] === fine);
}

function sharedWords([image]: readonly ReportedImage[]): string {
  const base = image === undefined ? undefined : decidingBase(image);
  if (image === undefined || base === undefined) return 'Without a base that is known';
  if (isSettled(image, base)) return image.verdict === 'current' ? 'Current' : 'With current bases';
  const name = familiarName(base.reference);
  switch (base.verdict) {
    case 'stale':
      return `${name} moved${since(base)} to ${cutDigest(base.to)}`;
    case 'settling':
      return `${name} moved${since(base)} and is left to settle${base.settling === undefined ? '' : ` until ${minute(base.settling.until)}`}`;
    case 'missing':
      return base.to === null ? `${name} is not published yet` : `Not published yet, on ${name}`;
    case 'unrecorded':
      return `Nothing records which ${name} is in use`;
    case 'platform-missing':
      return `${name} lacks a platform`;
    case 'unknown':
      return `${name} could not be checked`;
    case 'current':
    case 'unchanged-packages':
    case 'unchanged-for-platforms':
      return `${name} is current`;
  }
}

function since(base: ReportedBase): string {
  const words = behindSince(base);
  if (words === '') return '';
  return base.moved?.by === 'created' ? ` ${words}` : ` (${words})`;
}

/** Since when what an image is built on is no longer what its base is; empty where that is not known. */
export function behindSince({ verdict, moved }: ReportedBase): string {
  if (moved === undefined || (verdict !== 'stale' && verdict !== 'settling')) return '';
  return moved.by === 'created' && moved.back !== true ? ago(moved.ageMs) : `seen ${ago(moved.ageMs)}`;
}
