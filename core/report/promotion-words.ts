import type { RefreshReport, ReportedImage } from './report.ts';
import { familiarName } from './words.ts';

/** What an image's run left in the registry that nobody needs, with the reason; nothing where it left nothing. */
export function leftWords({ candidate, build }: ReportedImage): string | undefined {
  if (candidate?.state !== 'left' || build === null) return undefined;
  return `candidate tag ${familiarName(build.candidate).replace(/@.*/, '')} was left: ${candidate.why ?? 'it could not be removed'}`;
}

/** The same of all images in one sentence. */
export function leftBehind({ images }: RefreshReport): string | undefined {
  const left = images.filter((image) => leftWords(image) !== undefined);
  const [first] = left;
  if (first === undefined) return undefined;
  const more = left.length === 1 ? '' : `; so were ${left.length - 1} more`;
  return `The ${leftWords(first)}${more}.`;
}
