import { isDeepStrictEqual } from 'node:util';
import type { Build, DiscoveredBuild } from '../discover/build.ts';
import { isOneBuild } from '../dockerfile/one-build.ts';
import { attempt, type FailureError, fail } from '../failure.ts';
import { configFileNames } from '../product.ts';
import { gitIn } from '../tools/git.ts';
import type { Run } from './context.ts';

type Ground = Pick<Run, 'config' | 'world' | 'trees' | 'discoverIn'>;

/** A build as a commit of the run's repository describes it; throws `source-unknown` where nothing there describes it. */
export async function buildAt(
  run: Ground,
  { name, dockerfile }: Build,
  { root, revision }: { readonly root: string; readonly revision: string },
): Promise<DiscoveredBuild> {
  const there = await attempt(name, () => run.discoverIn(root));
  if (there.kind === 'failed') throw unlike(name, revision, there.failure.detail);
  const found = there.value.builds.find(({ build }) => build.name === name && build.dockerfile === dockerfile);
  if (found === undefined) throw unlike(name, revision, `${dockerfile} builds no image ${name} there`);
  return found;
}

/**
 * The build as the commit of a release describes it, where arguments, target or contexts that are stated otherwise there can
 * give it other bases; undefined where they cannot. `text` is its Dockerfile at that commit.
 */
export async function releasedBuild(
  run: Ground,
  build: Build,
  { revision, text }: { readonly revision: string; readonly text: string },
): Promise<DiscoveredBuild | undefined> {
  if (!(await mayNameOthers(run, build, { revision, text }))) return undefined;
  if (await isStatedAlike(run, build, revision)) return undefined;
  return buildAt(run, build, { root: await run.trees.at(revision), revision });
}

/** Whether what is stated of a build beside its Dockerfile of a commit could give it other images there. */
export async function mayNameOthers(
  run: Ground,
  build: Build,
  { revision, text }: { readonly revision: string; readonly text: string },
): Promise<boolean> {
  return !isOneBuild(text) || mayHaveContexts(run, build, revision);
}

// A named context takes the place of any image that a Dockerfile names.
async function mayHaveContexts({ world, config }: Ground, build: Build, revision: string): Promise<boolean> {
  if (Object.keys(build.contexts).length > 0) return true;
  const words = ['-e', 'contexts', '-e', 'build-context'];
  const exit = await gitIn(world, config.root).run(['grep', '-qiIF', ...words, revision, '--', ...statements]);
  // It ends with 1 where there is no such word, and otherwise where it could not look.
  return exit.kind !== 'exited' || exit.code !== 1;
}

/**
 * Whether a commit describes a build as the checkout does. Compose, bake and pipelines state arguments in files that are in
 * no context, and where nothing states any here, such a file may have been removed since; what cannot be read there is not alike.
 */
export async function isStatedAlike(run: Ground, build: Build, revision: string): Promise<boolean> {
  const read = [...statements, ...configurationOf(run.config)];
  if (await (await run.trees.checkout())?.hasAllOf(revision, read)) return true;
  const there = await attempt(build.name, async () =>
    buildAt(run, build, { root: await run.trees.at(revision), revision }),
  );
  return there.kind === 'done' && isDeepStrictEqual(askedBy(there.value.build), askedBy(build));
}

/** The failure of an image that is not built from a commit, because that is not what the run has checked. */
export function unlike(
  name: string,
  revision: string,
  detail: string,
  remedy = 'publish a new release of it',
): FailureError {
  return fail('source-unknown', name, `not built from ${revision.slice(0, 12)}: ${detail}`, remedy);
}

function configurationOf({ stated }: Run['config']): readonly string[] {
  if (stated === undefined) return [];
  return stated.file === undefined ? configFileNames : [`:(literal)${stated.file}`];
}

// What Compose, bake, workflows, pipelines, development containers and their variables stand in.
const statements = ['*.yml', '*.yaml', '*.hcl', '*.json', '*.env', '.env*'];

function askedBy({ releases: _releases, chosen: _chosen, provenance: _provenance, owners: _owners, ...asked }: Build) {
  return asked;
}
