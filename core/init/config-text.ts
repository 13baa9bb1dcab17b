import { counted, listed } from '../text/words.ts';
import type { DraftImage } from './draft.ts';
import { commentLines, yamlLines } from './yaml-text.ts';

/** What the configuration says beside its images. */
export interface DraftConfig {
  readonly images: readonly DraftImage[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What a name looks like where this repository publishes. */
  readonly example: string;
}

/** The text of .base-image-refresh.yml: what is known as entries, what is not as comments; without entries, comments alone. */
export function configText(draft: DraftConfig, withEntries: boolean): string {
  const { images, include, exclude } = draft;
  const selection = { ...(include.length === 0 ? {} : { include }), ...(exclude.length === 0 ? {} : { exclude }) };
  const written = withEntries ? images.filter(({ isOneOfSeveral }) => !isOneOfSeveral) : [];
  const left = images.filter((image) => !written.includes(image));
  const lines = [
    ...commentLines(
      `Images that Base Image Refresh keeps fresh, as init found them (${counted(images.length, 'image')}).`,
    ),
    ...(Object.keys(selection).length === 0 ? [] : yamlLines(selection)),
    ...(written.length === 0 ? [] : ['images:', ...written.flatMap((image) => entryLines(image, draft.example))]),
    ...left.flatMap((image) => [...commentLines(`${image.name} (${image.dockerfile}):`), ...aboutName(image, 0, '')]),
    '',
    ...commentLines(
      'A full build uses the commit that the published image names, and an image that names none is held. To build what is checked out, once or always:',
    ),
    '# source: checkout',
  ];
  return `${lines.join('\n')}\n`;
}

function entryLines(image: DraftImage, example: string): readonly string[] {
  const { name, dockerfile, published } = image;
  const known =
    published.kind === 'fixed'
      ? { image: published.image, ...(published.tags.length === 0 ? {} : { tags: published.tags }) }
      : {};
  return [...yamlLines([{ name, dockerfile, ...known }], 2), ...aboutName(image, 4, example)];
}

function aboutName({ published }: DraftImage, indent: number, example: string): readonly string[] {
  switch (published.kind) {
    case 'fixed':
      return commentLines(`Its name is from ${published.from}.`, indent);
    case 'stated':
      return commentLines(
        `Published as ${listed(published.images)}: each run reads this in ${published.from}.`,
        indent,
      );
    case 'unknown': {
      const reasons = published.why.slice(0, mostReasons).flatMap((why) => commentLines(why, indent));
      const fact = 'Where it is published is not known, so it can be neither checked nor refreshed.';
      const remedy = example === '' ? '' : ' Name it:';
      const hint = example === '' ? [] : commentLines(`image: ${example}`, indent);
      return [...reasons, ...commentLines(`${fact}${remedy}`, indent), ...hint];
    }
  }
}

const mostReasons = 3;
