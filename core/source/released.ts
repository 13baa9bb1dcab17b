import type { PublishedImage } from '../baseline/published.ts';
import type { Sources } from '../baseline/sources.ts';
import {
  type Build,
  type DescribedBuild,
  type DetectedDockerfile,
  type DiscoveredBuild,
  isDescribed,
} from '../discover/build.ts';
import { readBuild } from '../discover/read-build.ts';
import { attempt, type Failure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { given } from '../table.ts';
import { gitIn } from '../tools/git.ts';
import { textsOfBase } from './inherited-texts.ts';
import { readSourceRecord } from './read-record.ts';
import type { SourceRecord } from './record.ts';
import type { SourceRule } from './settings.ts';
import type { SourceTrees } from './worktrees.ts';

/** What a published image was built from: the record of it, and its Dockerfile as it was then. */
export interface ReleasedSource {
  readonly record: SourceRecord;
  readonly dockerfile: DetectedDockerfile;
  /** The text of the Dockerfile at the commit that it was built from; absent where that is not known, or not to be had. */
  readonly text?: string;
  /** What keeps the bases of the published image from being known. */
  readonly failure?: Failure;
}

/** What reading the released source of a build rests on. */
export interface ReleasedSources {
  readonly sources: Sources;
  readonly world: World;
  /** Absolute. */
  readonly root: string;
  readonly trees: SourceTrees;
  readonly rule: SourceRule;
  /** The build as a commit describes it, whose Dockerfile is `text` there; undefined where it has the bases that the checkout's description gives that text. */
  readonly describedAt?: (
    build: Build,
    at: { readonly revision: string; readonly text: string },
  ) => Promise<DiscoveredBuild | undefined>;
}

/** Reads what a published image was built from; where that is checked out, or is not to be built, the Dockerfile is the one here. */
export async function readReleasedSource(
  released: ReleasedSources,
  { build, dockerfile }: DiscoveredBuild,
  published: PublishedImage,
): Promise<ReleasedSource> {
  const { sources, world, rule } = released;
  const textOf = isDescribed(build) ? textReader(released, build) : async () => undefined;
  const dockerfileOf = async (revision: string) => {
    const read = await textOf(revision);
    return read === undefined || read.isHere ? dockerfile : readBuild(world, read.text, read.build).dockerfile;
  };
  const inherited = async (revision: string) => textsOfBase(sources, await dockerfileOf(revision), published);
  const read = await attempt(formatReference(published.reference), () =>
    readSourceRecord({ ...sources, inherited, resolve: resolverIn(released) }, published),
  );
  if (read.kind === 'failed') return { record: { kind: 'unreadable', failure: read.failure }, dockerfile };
  const record = read.value;
  if (record.kind !== 'recorded' || record.dirty) return { record, dockerfile };
  const { revision } = record;
  const text = (await textOf(revision))?.text;
  if (rule === 'checkout' || text === undefined) return { record, dockerfile, ...given('text', text) };
  const described = await attempt(build.name, async () => released.describedAt?.(build, { revision, text }));
  if (described.kind === 'failed') return { record, dockerfile, text, failure: described.failure };
  return { record, dockerfile: described.value?.dockerfile ?? (await dockerfileOf(revision)), text };
}

// In a shallow clone, what begins so may be one commit of several; a branch or tag of that name is no commit of it.
function resolverIn({ world, root, trees }: ReleasedSources) {
  return async (prefix: string): Promise<string | undefined> => {
    const checkout = await trees.checkout();
    if (checkout === undefined || checkout.isShallow) return undefined;
    const found = await gitIn(world, root).answer(['rev-parse', '--verify', '--quiet', `${prefix}^{commit}`]);
    return found?.startsWith(prefix) === true ? found : undefined;
  };
}

interface ReadText {
  readonly build: DescribedBuild;
  readonly text: string;
  /** Whether it is as it is in the folder of the run. */
  readonly isHere: boolean;
}

// Undefined where this repository does not hold it; each commit is asked once.
function textReader({ world, root, trees }: ReleasedSources, build: DescribedBuild) {
  const read = async (revision: string): Promise<ReadText | undefined> => {
    if (build.inline !== undefined) return undefined;
    const checkout = await trees.checkout();
    if (checkout === undefined || (await checkout.membershipOf(revision)) !== 'contained') return undefined;
    const text = await gitIn(world, root).text(['cat-file', 'blob', `${revision}:./${build.dockerfile}`]);
    if (text === undefined) return undefined;
    const paths = [build.dockerfile];
    return { build, text, isHere: (await checkout.isSame(revision, paths)) && !(await checkout.isDirty(paths)) };
  };
  const known = new Map<string, ReturnType<typeof read>>();
  return (revision: string) => {
    const text = known.get(revision) ?? read(revision);
    known.set(revision, text);
    return text;
  };
}
