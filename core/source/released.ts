import type { PublishedImage } from '../baseline/published.ts';
import type { Sources } from '../baseline/sources.ts';
import type { Build, DetectedDockerfile, DiscoveredBuild } from '../discover/build.ts';
import { readBuild } from '../discover/read-build.ts';
import { attempt } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { gitIn } from '../tools/git.ts';
import { labelsOfBase } from './inherited-labels.ts';
import { readSourceRecord } from './read-record.ts';
import type { SourceRecord } from './record.ts';
import type { SourceRule } from './settings.ts';
import type { SourceTrees } from './worktrees.ts';

/** What a published image was built from: the record of it, and its Dockerfile as it was then. */
export interface ReleasedSource {
  readonly record: SourceRecord;
  readonly dockerfile: DetectedDockerfile;
}

/** What reading the released source of a build rests on. */
export interface ReleasedSources {
  readonly sources: Sources;
  readonly world: World;
  /** Absolute. */
  readonly root: string;
  readonly trees: SourceTrees;
  readonly rule: SourceRule;
}

/** Reads what a published image was built from; where that is checked out, or is not to be built, the Dockerfile is the one here. */
export async function readReleasedSource(
  given: ReleasedSources,
  { build, dockerfile }: DiscoveredBuild,
  published: PublishedImage,
): Promise<ReleasedSource> {
  const dockerfileOf = async (revision: string) => (await dockerfileAt(given, build, revision)) ?? dockerfile;
  const { sources } = given;
  const inheritedLabels = async (revision: string) => labelsOfBase(sources, await dockerfileOf(revision), published);
  const read = await attempt(formatReference(published.reference), () =>
    readSourceRecord({ ...sources, inheritedLabels }, published),
  );
  if (read.kind === 'failed') return { record: { kind: 'unreadable', failure: read.failure }, dockerfile };
  const record = read.value;
  if (given.rule === 'checkout' || record.kind !== 'recorded' || record.dirty) return { record, dockerfile };
  return { record, dockerfile: await dockerfileOf(record.revision) };
}

// Undefined where it is as it is here, or where this repository does not hold it.
async function dockerfileAt(
  { world, root, trees }: ReleasedSources,
  build: Build,
  revision: string,
): Promise<DetectedDockerfile | undefined> {
  if (build.inline !== undefined) return undefined;
  const checkout = await trees.checkout();
  if (checkout === undefined || (await checkout.membershipOf(revision)) !== 'contained') return undefined;
  const paths = [build.dockerfile];
  if ((await checkout.isSame(revision, paths)) && !(await checkout.isDirty(paths))) return undefined;
  const text = await gitIn(world, root).text(['cat-file', 'blob', `${revision}:./${build.dockerfile}`]);
  return text === undefined ? undefined : readBuild(world, text, build).dockerfile;
}
