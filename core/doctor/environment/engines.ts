import { engineFor } from '../../config/per-image.ts';
import type { Build } from '../../discover/build.ts';
import { attempt, type Failure } from '../../failure.ts';
import { groupedBy } from '../../grouped.ts';
import { formatReference, withDigest, withTag } from '../../oci/reference.ts';
import { candidateFor } from '../../rebuild/candidate.ts';
import { type Choice, type EngineRefusal, tryEngines } from '../../rebuild/choose.ts';
import type { BuildOrder } from '../../rebuild/engine.ts';
import { type EngineDefinition, engineDefinitions } from '../../rebuild/engines.ts';
import type { EngineName } from '../../rebuild/settings.ts';
import { prepareBuild } from '../../refresh/prepare-build.ts';
import { listed } from '../../text/words.ts';
import { type DoctorFinding, note, ok, problem } from '../check.ts';
import type { Examination } from '../examination.ts';

/** Which engine would make an image again, or why none can. */
export interface EngineChoice {
  readonly image: string;
  readonly wanted: EngineName | 'auto';
  readonly taken:
    | { readonly kind: 'engine'; readonly name: EngineName; readonly why: string }
    | { readonly kind: 'none'; readonly failure: Failure; readonly tried: readonly TriedEngine[] };
}

/** An engine that `auto` asked in vain. */
export interface TriedEngine {
  readonly name: EngineName;
  readonly why: string;
  readonly remedy?: string;
}

function engineOf(name: EngineName | 'auto'): EngineDefinition | undefined {
  return name === 'auto' ? undefined : engineDefinitions[name];
}

function swapsLayers(name: EngineName): boolean {
  return engineDefinitions[name].makes === 'layer-swap';
}

/** The engine of every image of the repository, chosen as a refresh chooses it for a full build. */
export async function enginesAtHand(examination: Examination): Promise<readonly EngineChoice[]> {
  const { builds } = await examination.discovery();
  const read = builds.filter(({ dockerfile }) => dockerfile.kind === 'read').map(({ build }) => build);
  // That it is not known where the image is published is a finding of its own.
  const placed = read.filter(
    (build) => build.releases.length > 0 || !engineOf(engineFor(examination.config, build))?.buildsInRegistry,
  );
  return Promise.all(placed.map((build) => choiceFor(examination, build)));
}

async function choiceFor(examination: Examination, build: Build): Promise<EngineChoice> {
  const image = build.name;
  const wanted = engineFor(examination.config, build);
  if (wanted !== 'auto' && swapsLayers(wanted))
    return { image, wanted, taken: { kind: 'engine', name: wanted, why: 'asked for' } };
  const outcome = await attempt(image, async () => {
    const first = await choose(examination, build, wanted);
    // Which platforms are needed is seen on the published image.
    if (first.kind === 'none' || !engineOf(first.engine.name)?.buildsOnePlatform || build.platforms.length > 0)
      return first;
    const published = await publishedOf(examination, build);
    return published === undefined ? first : choose(examination, build, wanted, published);
  });
  if (outcome.kind === 'failed') return { image, wanted, taken: { kind: 'none', failure: outcome.failure, tried: [] } };
  return { image, wanted, taken: takenOf(outcome.value, wanted) };
}

function takenOf(choice: Choice, wanted: EngineName | 'auto'): EngineChoice['taken'] {
  if (choice.kind === 'chosen') return { kind: 'engine', name: choice.engine.name, why: choice.why };
  const tried = wanted === 'auto' ? choice.refusals.map(triedOf) : [];
  return { kind: 'none', failure: choice.error.failure, tried };
}

function triedOf({ engine: { name }, refusal: { why, remedy } }: EngineRefusal): TriedEngine {
  return { name, why, ...(remedy === undefined ? {} : { remedy }) };
}

type Published = NonNullable<BuildOrder['published']>;

async function choose(
  { config, world, engines, host }: Examination,
  build: Build,
  wanted: EngineName | 'auto',
  published?: Published,
) {
  const release = build.releases[0] ?? withTag({ registry: 'localhost', repository: 'image' }, 'latest');
  const order: BuildOrder = {
    build,
    root: config.root,
    pins: [],
    candidate: candidateFor(release, world),
    annotations: {},
    ...(published === undefined ? {} : { published }),
  };
  // Whether layers can be swapped shows once a base has moved; where they cannot, a full build has to be possible.
  const building = engines.filter(({ name }) => !swapsLayers(name));
  return tryEngines(building, wanted, await prepareBuild({ config, world, host }, order));
}

async function publishedOf({ registries, registry }: Examination, build: Build): Promise<Published | undefined> {
  const [reference] = build.releases;
  if (reference === undefined) return undefined;
  const { releases } = await registries();
  const known = releases.find((one) => one.reference === formatReference(reference));
  if (known?.published.kind !== 'done') return undefined;
  return { reference, manifest: await registry.manifest(withDigest(reference, known.published.value)) };
}

/** One finding for each engine that would build, and one for each reason why none can. */
export function engineFindings(choices: readonly EngineChoice[]): readonly DoctorFinding[] {
  if (choices.length === 0) return [note('engine', 'no Dockerfile could be read, so there is nothing to build')];
  const groups = groupedBy(choices, ({ wanted, taken }) =>
    JSON.stringify([wanted, taken.kind === 'engine' ? [taken.name, taken.why] : taken.failure.detail]),
  );
  return groups.flatMap(findingsOf);
}

function findingsOf(group: readonly EngineChoice[]): readonly DoctorFinding[] {
  const [first] = group;
  if (first === undefined) return [];
  const images = listed(group.map(({ image }) => image));
  const { taken, wanted } = first;
  if (taken.kind === 'none') return noneFindings(images, taken);
  if (swapsLayers(taken.name)) {
    const fact = `${taken.name} is configured for ${images}; whether layers can be swapped is known only once a base has moved`;
    return [note('engine', fact)];
  }
  return [ok('engine', `${taken.name} builds ${images} (${wanted === 'auto' ? `auto: ${taken.why}` : taken.why})`)];
}

type None = Extract<EngineChoice['taken'], { readonly kind: 'none' }>;

// The engine that is tried first is the one that can do most, so it is the one to mend.
function noneFindings(images: string, { failure, tried }: None): readonly DoctorFinding[] {
  const subject = `engine for ${images}`;
  const [first] = tried;
  if (first === undefined) return [problem(subject, failure.detail, failure.remedy)];
  return [
    problem(subject, `none of ${listed(tried.map(({ name }) => name))} can build it`, first.remedy),
    ...tried.map(({ name, why, remedy }) => note(`${name} for ${images}`, withoutName(name, why), remedy)),
  ];
}

function withoutName(name: string, why: string): string {
  return why.startsWith(`${name} `) ? why.slice(name.length + 1) : why;
}
