import { append } from '../append.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { StatedOption } from './options.ts';
import type { StepBuild } from './published.ts';
import { referenceOrNone } from './stated.ts';
import { subjectOf } from './unclear.ts';
import { isKnown, reasonIn, withEllipses } from './unknown.ts';

/** An image that the runs of one file publish, and its names. */
export interface GatheredImage {
  readonly from: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly by: string;
  readonly build: StepBuild;
  readonly platforms: Set<string>;
  readonly asked: (readonly StatedOption[])[];
  /** Names by their text, each with the runs that publish it. */
  readonly names: Map<string, { readonly reference: Reference; readonly runs: Set<number> }>;
  /** Names under which it may be published as well. */
  readonly doubtful: Set<string>;
  /** What is not known of further names. */
  readonly open: Map<string, { readonly name: string; readonly why: string }>;
  readonly lowered: Set<string>;
}

/** Adds a name that a run publishes the image under, or may do. */
export function addName(image: GatheredImage, name: string, at: number, doubt: string | undefined): void {
  if (!isKnown(name)) {
    const [shown, unknown] = [withEllipses(name), reasonIn(name)];
    const why = doubt === undefined ? unknown : `${unknown}; ${doubt}`;
    image.open.set(`${shown} ${why}`, { name: shown, why });
    return;
  }
  const lower = name.replace(/^[^@:]*(?::\d+\/[^@:]*)?/, (repository) => repository.toLowerCase());
  if (lower !== name) image.lowered.add(name);
  const reference = referenceOrNone(lower);
  if (reference === undefined) {
    image.open.set(name, { name, why: 'it is no name of an image' });
    return;
  }
  const key = formatReference(reference);
  if (doubt !== undefined) {
    image.doubtful.add(key);
    image.open.set(`${name} ${doubt}`, { name, why: doubt });
    return;
  }
  const known = image.names.get(key);
  if (known === undefined) image.names.set(key, { reference, runs: new Set([at]) });
  else known.runs.add(at);
}

/** Takes names away that two builds have: the last one counts, and which one that is no file says. */
export function holdShared(images: readonly GatheredImage[]): void {
  const holders = new Map<string, GatheredImage[]>();
  for (const image of images) {
    for (const key of new Set([...image.names.keys(), ...image.doubtful])) append(holders, key, image);
  }
  for (const [key, sharing] of holders) {
    if (sharing.length < 2) continue;
    for (const image of sharing) {
      const other = sharing.find((one) => one !== image);
      const where = other === undefined ? '' : ` (${subjectOf(other, other.file)})`;
      const why = `another build${where} is published under it too, and which one is the last is not known`;
      if (image.names.delete(key)) image.open.set(`${key} ${why}`, { name: key, why });
    }
  }
}
