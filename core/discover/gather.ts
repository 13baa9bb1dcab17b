import { append } from '../append.ts';
import { createBound, type Spend } from '../bound.ts';
import type { Reference } from '../oci/reference.ts';
import { given } from '../table.ts';
import { optionsOfRuns, optionsWithUnknown } from './action-options.ts';
import { pairsIn } from './build-options.ts';
import { addName, type GatheredImage, holdShared } from './image-names.ts';
import type { StatedOption } from './options.ts';
import type { ByDigest, Published, StepBuild } from './published.ts';
import {
  type Notice,
  pathWithin,
  platformsIn,
  referenceOrNone,
  type SitedBake,
  type StatedBuild,
  type StatedBy,
  type Statements,
} from './stated.ts';
import { inConfiguration, jobOf, mostListed, type Sited, subjectOf, unclear, unnamedLeg } from './unclear.ts';
import { isKnown, reasonIn, withEllipses } from './unknown.ts';

/** What one run of a workflow or pipeline publishes. */
export interface PublishingRun<T extends Published = Published & { readonly from: string; readonly file: string }> {
  readonly label: string;
  readonly published: readonly T[];
  readonly byDigest: readonly ByDigest[];
}

interface Origin {
  readonly by: StatedBy;
  readonly root: string;
  readonly path: string;
}

/**
 * Puts together what the runs of one file publish. Tags that are moved by the same runs name one image; any other, such as
 * the branch's and the release's, are images of their own.
 */
export function gather(runs: readonly PublishingRun<Sited>[], origin: Origin): Statements {
  const images = new Map<string, GatheredImage>();
  const notices = new Map<string, Notice>();
  const bakes = new Map<string, SitedBake>();
  const spend = createBound(origin.path, mostLegs, 'images by digest in what is put together of them', 'push fewer');
  const note = (notice: Notice) => notices.set(`${notice.subject} ${notice.detail}`, notice);
  runs.forEach(({ published, byDigest }, at) => {
    const legs = new Map<string, ByDigest[]>();
    for (const leg of byDigest) append(legs, repositoryOf(leg.repository), leg);
    for (const one of published) collect(withDigests(one, legs, spend), { at, images, note, bakes });
    const named = new Set(published.flatMap((one) => (one.build === undefined ? one.names.map(repositoryOf) : [])));
    for (const leg of byDigest) if (!named.has(repositoryOf(leg.repository))) note(unnamedLeg(leg, origin));
  });
  holdShared([...images.values()]);
  const found = [...images.values()].map((image) => imageStatements(image, origin));
  return {
    builds: found.flatMap(({ builds }) => builds),
    notices: [...notices.values(), ...found.flatMap((one) => one.notices)],
    failures: [],
    bakes: [...bakes.values()],
  };
}

function repositoryOf(name: string): string {
  return name
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .toLowerCase();
}

const mostLegs = 100_000;

// An index takes in what was pushed to its repository by digest: one build for each platform.
function withDigests(
  one: Sited,
  byRepository: ReadonlyMap<string, readonly ByDigest[]>,
  spend: Spend,
): readonly Sited[] {
  const repositories = one.build === undefined ? new Set(one.names.map(repositoryOf)) : [];
  const legs = [...repositories].flatMap((repository) => byRepository.get(repository) ?? []);
  spend(legs.length);
  const step = `index ${one.by} ${one.line ?? ''}`;
  return legs.length === 0
    ? [one]
    : legs.map((leg) => {
        const doubt = one.doubt ?? leg.doubt;
        const build = { ...leg.build, step };
        return { ...one, build, isLeg: true, line: one.line ?? leg.line, ...(doubt === undefined ? {} : { doubt }) };
      });
}

interface Collecting {
  readonly at: number;
  readonly images: Map<string, GatheredImage>;
  readonly note: (notice: Notice) => void;
  readonly bakes: Map<string, SitedBake>;
}

function collect(found: readonly Sited[], { at, images, note, bakes }: Collecting): void {
  for (const one of found) {
    const { build, bake } = one;
    if (bake !== undefined) {
      bakes.set(JSON.stringify(bake), { ...bake, subject: subjectOf(one, one.file) });
      if (one.names.length === 0) continue;
    }
    const whys = [build?.strange, build?.dockerfile, build?.context, build?.target].flatMap((text, index) =>
      text === undefined
        ? []
        : index === 0
          ? [text]
          : isKnown(text)
            ? []
            : [`it builds ${withEllipses(text)}: ${reasonIn(text)}`],
    );
    if (build === undefined || whys.length > 0) {
      note(unclear(one, build === undefined ? undefined : whys[0]));
      continue;
    }
    // What is built of another repository is no image of this one.
    if (build.dockerfile === undefined || build.context === undefined) continue;
    const options = optionsWithUnknown(build);
    const key = keyOf(one, build, options);
    const image: GatheredImage = images.get(key) ?? {
      ...{ from: one.from, file: one.file, line: one.line, by: one.by, build },
      ...{ asked: [], platforms: new Set(), names: new Map(), doubtful: new Set(), open: new Map() },
      lowered: new Set(),
    };
    images.set(key, image);
    for (const platform of build.platforms) image.platforms.add(platform);
    image.asked.push(options);
    for (const name of one.names) addName(image, name, at, one.doubt ?? build.doubt);
  }
}

// What a run writes into the form of an image, and where it caches, makes no other image of it.
const ofEachRun = /^(?:label|annotation|cache-from|cache-to)$/;

// One step builds one image; the steps that build the platforms of one index do so together.
function keyOf({ from, isLeg }: Sited, build: StepBuild, options: readonly StatedOption[]): string {
  const { platforms, options: _options, doubt: _doubt, ...facts } = build;
  const asked = options.filter(({ name }) => !ofEachRun.test(name));
  return JSON.stringify([from, facts, asked, isLeg === true ? [] : platforms]);
}

function imageStatements(image: GatheredImage, { by, root, path }: Origin): Omit<Statements, 'failures'> {
  const { build, from } = image;
  const dockerfile = withinRoot(root, build.dockerfile ?? '');
  const context = withinRoot(root, build.context ?? '');
  if (dockerfile === undefined || context === undefined) return { builds: [], notices: [] };
  const groups = new Map<string, Reference[]>();
  for (const { reference, runs } of image.names.values()) {
    const key = [...runs].join();
    append(groups, key, reference);
  }
  const [place, options] = [subjectOf(image, path), optionsOfRuns(image.asked, image.from)];
  const stated = (images: readonly Reference[], name?: string): StatedBuild => ({
    ...{ by, from, dockerfile, context, images },
    ...given('name', name),
    args: pairsIn(build.args.filter(isKnown)),
    contexts: pairsIn(build.contexts.filter(isKnown)),
    platforms: platformsIn([...image.platforms].filter(isKnown)),
    ...(options.length === 0 ? {} : { options }),
    ...(build.target === undefined ? {} : { target: build.target }),
  });
  const builds = [...groups.values()].map((images, at) => {
    const [first] = images;
    const short = first?.repository.split('/').at(-1) ?? 'image';
    return stated(images, at === 0 ? short : `${short}-${first?.tag ?? 'latest'}`);
  });
  const notices = [
    ...openNotices(image, place, dockerfile, builds.length > 0),
    ...loweredNotices(image, place, dockerfile),
  ];
  return { builds: builds.length > 0 ? builds : repositoryAlone(image, stated), notices };
}

// Without a tag that is known, the repository still tells whether the user speaks of this image.
function repositoryAlone(
  image: GatheredImage,
  stated: (images: readonly Reference[], name?: string) => StatedBuild,
): readonly StatedBuild[] {
  const repositories = [...image.open.values()].map(({ name }) => repositoryOf(name));
  const reference = referenceOrNone(repositories.find((name) => !name.includes('…')));
  if (reference === undefined) return [stated([])];
  const { repository } = reference;
  return [{ ...stated([], repository.split('/').at(-1) ?? 'image'), repository }];
}

// What a file says stays in the folder that it is of.
function withinRoot(root: string, path: string): string | undefined {
  const found = pathWithin(root, path);
  const folder = root.replace(/\/$/, '');
  return found === undefined || folder === '' || found === folder || found.startsWith(`${folder}/`) ? found : undefined;
}

function openNotices(
  { open, by, from }: GatheredImage,
  subject: string,
  dockerfile: string,
  isPartly: boolean,
): readonly Notice[] {
  if (open.size === 0) return [];
  const listed = [...open.values()].slice(0, mostListed).map(({ name, why }) => `${name} (${why})`);
  const more = open.size > mostListed ? ` and ${open.size - mostListed} more` : '';
  const what = isPartly ? 'under further names that are not known' : 'under names that are not known';
  const detail = `${by} in ${jobOf(from)} publishes the image of ${dockerfile} ${what}: ${listed.join(', ')}${more}`;
  const remedy = `give --image NAME=REGISTRY/REPOSITORY:TAG or ${inConfiguration}`;
  return [{ subject, detail, remedy, dockerfile, ...(isPartly ? { isPartial: true } : {}) }];
}

function loweredNotices({ lowered }: GatheredImage, subject: string, dockerfile: string): readonly Notice[] {
  return [...lowered].slice(0, mostListed).map((name) => ({
    subject,
    detail: `${name} is taken as ${name.toLowerCase()}: a repository of images has no capital letters`,
    remedy: 'write it in lower case',
    dockerfile,
    isPartial: true,
  }));
}
