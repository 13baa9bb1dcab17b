import { fail } from '../failure.ts';
import { asReference, familiar, namedTag, type Reference, type TagName } from '../oci/reference.ts';
import type { ImageSettings, RunSubject } from './subject.ts';
import type { ChosenRelease } from './tag-rule.ts';

/** An image that is named and that no Dockerfile here builds. */
export interface ImageAlone {
  /** Unique in the run. */
  readonly name: string;
  readonly releases: readonly Reference[];
  /** Where a rule says which of many tags it is. */
  readonly chosen?: ChosenRelease;
  /** Who is responsible for it. */
  readonly owners?: readonly string[];
}

/** Whether an operand is an image and no folder: a name with its tag or digest. */
export function isImageOperand(text: string): boolean {
  return /^[^./\\][^\\\s]*(?::\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$/.test(text) && asReference(text) !== undefined;
}

/** Images by their names alone, each once. */
export function imagesNamed(references: readonly Reference[]): readonly ImageAlone[] {
  const byName = new Map(references.map((reference) => [familiar(reference), reference]));
  return [...byName].map(([name, reference]) => ({ name, releases: [reference] }));
}

/** The images of entries of the configuration that name no Dockerfile. */
export function imagesOfEntries(entries: readonly ImageSettings[], tags: readonly TagName[]): readonly ImageAlone[] {
  return entries.flatMap(({ name, image, owner, tags: own, tagRule: rule }): readonly ImageAlone[] => {
    if (image === undefined) return [];
    const { registry, repository } = image;
    const place = { registry, repository };
    const owners = owner === undefined ? {} : { owners: [owner] };
    if (rule !== undefined)
      return [
        { name: name ?? familiar(place), releases: [], chosen: { repository: place, rule, tags: own }, ...owners },
      ];
    const said = own.length > 0 ? own : tags;
    const releases = said.length > 0 ? said.map((tag) => namedTag(image, tag)) : [image];
    return [{ name: name ?? familiar(image), releases, ...owners }];
  });
}

/** The images that --image names where there is no Dockerfile. */
export function imagesOfInputs({ imageInputs, tags }: Pick<RunSubject, 'imageInputs' | 'tags'>): readonly ImageAlone[] {
  return Object.entries(imageInputs).map(([name, image]) => ({
    name: name === '' ? familiar(image) : name,
    releases: tags.length > 0 ? tags.map((tag) => namedTag(image, tag)) : [image],
  }));
}

const mostListed = 1_000;

/** Reads a list of images, one on a line; `#` begins a comment. Throws `config` for a line that is no image. */
export function parseImageList(text: string, file: string): readonly Reference[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(?:^|\s)#.*$/, '').trim());
  const named = lines.flatMap((line, at) => (line === '' ? [] : [{ line, at: at + 1 }]));
  if (named.length === 0) throw fail('config', file, 'lists no image', 'write one image on each line');
  if (named.length > mostListed)
    throw fail('config', file, `lists ${named.length} images, and at most ${mostListed} are read`, 'split it');
  return named.map(({ line, at }) => {
    const reference = asReference(line);
    if (reference !== undefined) return reference;
    const remedy = 'write one image on each line, such as ghcr.io/acme/web:1.2';
    throw fail('config', `${file}:${at}`, 'is no image reference', remedy);
  });
}
