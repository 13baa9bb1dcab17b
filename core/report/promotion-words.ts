import type { RefreshReport, ReportedImage } from './report.ts';
import { familiarName } from './words.ts';

/** What became of the candidate tag where that concerns somebody: it was left, or release tags may have gone with it. */
export function leftWords({ candidate, build, image, name }: ReportedImage): string | undefined {
  switch (candidate?.state) {
    case 'left':
      if (build === null) return undefined;
      return `candidate tag ${familiarName(build.candidate).replace(/@.*/, '')} was left: ${candidate.why ?? 'it could not be removed'}`;
    case 'lost':
      return `release tags of ${familiarName(image ?? name)} ${candidate.why ?? 'may be gone with the candidate tag'}`;
    case 'removed':
    case 'kept':
    case undefined:
      return undefined;
  }
}

/** The same of all images: a sentence for each that may have lost a release, and one for all tags that were left. */
export function leftBehind({ images }: RefreshReport): string | undefined {
  const told = images.filter((image) => leftWords(image) !== undefined);
  const lost = told.filter(({ candidate }) => candidate?.state === 'lost').map((image) => `The ${leftWords(image)}.`);
  const left = leftOver(told.filter(({ candidate }) => candidate?.state === 'left'));
  const sentences = left === undefined ? lost : [...lost, left];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function leftOver([first, ...others]: readonly ReportedImage[]): string | undefined {
  if (first === undefined) return undefined;
  return `The ${leftWords(first)}${others.length === 0 ? '' : `; so were ${others.length} more`}.`;
}
