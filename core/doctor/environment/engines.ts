import type { Build } from '../../discover/build.ts';
import { attempt, type Failure } from '../../failure.ts';
import { engineFor } from '../../image-settings.ts';
import { formatReference, withDigest, withTag } from '../../oci/reference.ts';
import { candidateFor } from '../../rebuild/candidate.ts';
import { chooseEngine } from '../../rebuild/choose.ts';
import type { BuildOrder, EngineName } from '../../rebuild/engine.ts';
import { type Finding, note, ok, problem } from '../check.ts';
import type { Patient } from '../examination.ts';
import { groupedBy } from '../grouped.ts';
import { listed } from '../words.ts';

/** Which engine would make an image again, or why none can. */
export interface EngineChoice {
  readonly image: string;
  readonly wanted: EngineName | 'auto';
  readonly taken:
    | { readonly kind: 'engine'; readonly name: EngineName; readonly why: string }
    | { readonly kind: 'none'; readonly failure: Failure };
}

/** The engine of every image of the repository, chosen as a refresh chooses it for a full build. */
export async function enginesAtHand(patient: Patient): Promise<readonly EngineChoice[]> {
  const { builds } = await patient.discovery();
  const read = builds.filter(({ dockerfile }) => dockerfile.kind === 'read').map(({ build }) => build);
  // ACR Tasks build where the image is published, and that it is not known is a finding of its own.
  const placed = read.filter((build) => build.releases.length > 0 || engineFor(patient.config, build) !== 'acr-tasks');
  return Promise.all(placed.map((build) => choiceFor(patient, build)));
}

async function choiceFor(patient: Patient, build: Build): Promise<EngineChoice> {
  const image = build.name;
  const wanted = engineFor(patient.config, build);
  if (wanted === 'rebase') return { image, wanted, taken: { kind: 'engine', name: wanted, why: 'asked for' } };
  const chosen = await attempt(image, async () => {
    const first = await choose(patient, build, wanted);
    // Docker's classic builder builds for one platform, and which ones are needed is seen on the published image.
    if (first.engine.name !== 'docker' || build.platforms.length > 0) return first;
    const published = await publishedOf(patient, build);
    return published === undefined ? first : choose(patient, build, wanted, published);
  });
  if (chosen.kind === 'failed') return { image, wanted, taken: { kind: 'none', failure: chosen.failure } };
  return { image, wanted, taken: { kind: 'engine', name: chosen.value.engine.name, why: chosen.value.why } };
}

type Published = NonNullable<BuildOrder['published']>;

function choose({ config, world, engines }: Patient, build: Build, wanted: EngineName | 'auto', published?: Published) {
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
  const building = engines.filter(({ name }) => name !== 'rebase');
  return chooseEngine(building, wanted, order);
}

async function publishedOf({ registries, registry }: Patient, build: Build): Promise<Published | undefined> {
  const [reference] = build.releases;
  if (reference === undefined) return undefined;
  const { releases } = await registries();
  const known = releases.find((one) => one.reference === formatReference(reference));
  if (known?.published.kind !== 'done') return undefined;
  return { reference, manifest: await registry.manifest(withDigest(reference, known.published.value)) };
}

/** One finding for each engine that would build, and one for each reason why none can. */
export function engineFindings(choices: readonly EngineChoice[]): readonly Finding[] {
  if (choices.length === 0) return [note('engine', 'no Dockerfile could be read, so there is nothing to build')];
  const groups = groupedBy(choices, ({ wanted, taken }) =>
    JSON.stringify([wanted, taken.kind === 'engine' ? [taken.name, taken.why] : taken.failure.detail]),
  );
  return groups.flatMap((group) => findingOf(group) ?? []);
}

function findingOf(group: readonly EngineChoice[]): Finding | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const images = listed(group.map(({ image }) => image));
  const { taken, wanted } = first;
  if (taken.kind === 'none') return problem(`engine for ${images}`, taken.failure.detail, taken.failure.remedy);
  if (taken.name === 'rebase') {
    return note(
      'engine',
      `rebase is configured for ${images}; whether layers can be swapped is known only once a base has moved`,
    );
  }
  return ok('engine', `${taken.name} builds ${images} (${wanted === 'auto' ? `auto: ${taken.why}` : taken.why})`);
}
