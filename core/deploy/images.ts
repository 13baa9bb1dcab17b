import { nearest } from '../settings/value.ts';
import type { Deployable } from './deployable.ts';
import type { DeployTarget } from './settings.ts';

type Taking = Pick<DeployTarget, 'name' | 'images'>;

/** The images that a target takes. */
export function takenBy({ images }: Pick<Taking, 'images'>, deployables: readonly Deployable[]): readonly Deployable[] {
  return deployables.filter(({ name }) => images.length === 0 || images.includes(name));
}

/** Promoted images that would be deployed nowhere without a word, in words. */
export function untakenWords(targets: readonly Taking[], deployables: readonly Deployable[]): readonly string[] {
  return deployables
    .filter((each) => targets.every((target) => takenBy(target, [each]).length === 0))
    .map(({ image, name }) => `${image}: was promoted, and no target takes it; add ${name} to the images of a target.`);
}

/** Names in `images` of targets that are of no image, which would be deployed nowhere without a word, in words. */
export function unknownImageWords(targets: readonly Taking[], known: readonly string[]): readonly string[] {
  return targets.flatMap(({ name, images }) =>
    images
      .filter((image) => !known.includes(image))
      .map((image) => {
        const near = nearest(image, known);
        const remedy = near === undefined ? 'take it out' : `the nearest image is ${near}`;
        return `${name}: images names "${image}", which is no image of this run; ${remedy}.`;
      }),
  );
}
