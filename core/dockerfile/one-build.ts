import { instructionsOf } from './instructions.ts';

/** Whether the images that a Dockerfile uses are the same whatever arguments and target it is built with. */
export function isOneBuild(dockerfile: string): boolean {
  const instructions = instructionsOf(dockerfile);
  const stages = instructions.filter(({ keyword }) => keyword === 'from');
  // COPY --from, RUN --mount and what ONBUILD leaves to builds on it.
  const isOpen = instructions.some(
    ({ keyword, text }) => text.includes('$') && (keyword === 'from' || /from=/i.test(text)),
  );
  return stages.length === 1 && !isOpen;
}
