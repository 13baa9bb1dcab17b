import { parsePlatform } from '../oci/platform.ts';
import type { BakeRun, BakeSetting } from './published.ts';
import { referenceOrNone, type StatedBuild } from './stated.ts';

/** The builds that a run of bake changes, as it builds them; a reason where that is not known. */
export function overlay(
  builds: readonly StatedBuild[],
  { over = [], targets }: Pick<BakeRun, 'over' | 'targets'>,
): ReadonlyMap<StatedBuild, StatedBuild> | string {
  const group = targets?.find((name) => !builds.some((build) => build.name === name));
  if (group !== undefined) return `it builds ${group}, which is no target whose build is known`;
  const isNamed = (name: string) => targets?.includes(name) ?? over.some(({ pattern }) => pattern === name);
  const built = builds.filter(({ name }) => name !== undefined && isNamed(name));
  const linked = built.find(({ siblings }) => siblings !== undefined);
  if (linked !== undefined) return `what is laid over ${linked.name} is laid over the targets that it is built on too`;
  for (const { pattern } of over) {
    if (pattern !== '*' && !built.some(({ name }) => name === pattern))
      return `it sets ${pattern}, which it does not build`;
  }
  const laid = new Map<StatedBuild, StatedBuild>();
  for (const build of built) {
    const made = laidOver(
      build,
      over.filter(({ pattern }) => pattern === '*' || pattern === build.name),
    );
    if (typeof made === 'string') return made;
    laid.set(build, made);
  }
  return laid;
}

// buildx, overrides: lines of one list go together, and replace what the file says unless they are appended.
function laidOver(build: StatedBuild, over: readonly BakeSetting[]): StatedBuild | string {
  const values = (key: BakeSetting['key']) => over.filter((one) => one.key === key);
  const lines = (key: 'tags' | 'platform') =>
    values(key).flatMap(({ value }) => value.split(',').map((one) => one.trim()));
  const replaces = (key: 'tags' | 'platform') => values(key).some(({ isAppended }) => !isAppended);
  const images = lines('tags').map(referenceOrNone);
  const platforms = lines('platform').map(parsePlatform);
  const args = values('arg').map(({ name = '', value }) => [name, value] as const);
  const target = values('target').at(-1)?.value;
  if (images.includes(undefined) || platforms.includes(undefined))
    return 'its set names what is no image or no platform';
  return {
    ...build,
    args: { ...build.args, ...Object.fromEntries(args) },
    images: [...(replaces('tags') ? [] : build.images), ...images.flatMap((one) => one ?? [])],
    platforms: [...(replaces('platform') ? [] : build.platforms), ...platforms.flatMap((one) => one ?? [])],
    ...(target === undefined ? {} : { target }),
  };
}
