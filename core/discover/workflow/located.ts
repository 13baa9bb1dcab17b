import { posix } from 'node:path';
import type { StepBuild } from '../published.ts';
import { isKnown } from '../unknown.ts';
import type { JobCheckout } from './job-state.ts';

/** The build of one row: a step builds once for each row of the matrix, and once for each job that calls its workflow. */
export function ofRow(build: StepBuild, caller: string): StepBuild {
  return { ...build, step: `${caller} ${build.step ?? ''}` };
}

/** The build with its paths in the repository: they count from the workspace, where it may stand in a folder beside others. */
export function locatedBuild(build: StepBuild, checkouts: readonly JobCheckout[]): StepBuild {
  if (checkouts.length === 0 || build.isOfCommit === true) return build;
  const open = checkouts.find((one) => one.open !== undefined)?.open;
  if (open !== undefined) return { ...build, strange: `what is checked out is not known: ${open}` };
  const located = (path: string | undefined): string | undefined => {
    if (path === undefined || !isKnown(path)) return path;
    const normal = posix.normalize(path).replace(/(?<=.)\/$/, '');
    const fitting = checkouts.filter(
      (one) => one.path === '.' || normal === one.path || normal.startsWith(`${one.path}/`),
    );
    const [nearest] = fitting.toSorted((a, b) => b.path.length - a.path.length);
    if (nearest?.isOwn !== true) return undefined;
    return nearest.path === '.' ? path : posix.relative(nearest.path, normal) || '.';
  };
  return { ...build, dockerfile: located(build.dockerfile), context: located(build.context) };
}
