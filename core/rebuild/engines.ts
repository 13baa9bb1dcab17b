import { isDescribed } from '../discover/build.ts';
import { readBuild } from '../discover/read-build.ts';
import { namesOf } from '../table.ts';
import { type AcrContext, acrTasksEngine } from './acr-tasks.ts';
import { containersEngine } from './buildah.ts';
import { buildxEngine } from './buildx.ts';
import { dockerEngine } from './docker.ts';
import { dockerfileOf } from './dockerfile-text.ts';
import type { BuildOrder, Engine } from './engine.ts';
import { unsupportedOption } from './options.ts';
import { rebaseEngine } from './rebase.ts';
import type { EngineName, RebasePolicy } from './settings.ts';
import { type Unsuitable, unsuitable } from './unsuitable.ts';

/** What any engine may need. */
export interface EngineParts extends AcrContext {
  /** When layers are swapped. */
  readonly policy: RebasePolicy;
}

/** One way to make an image again, with all that choice, doctor and documentation know of it. */
export interface EngineDefinition {
  /** What must be there, as documentation says it. */
  readonly needs: string;
  /** What it does, as documentation says it. */
  readonly does: string;
  /** What shows that exactly the pinned bases were used, as documentation says it. */
  readonly proof: string;
  /** `build`, from the sources; or `layer-swap`, from the published image alone. */
  readonly makes: 'build' | 'layer-swap';
  readonly create: (parts: EngineParts) => Engine;
  /** Arguments that have its program, which has its name, say its version; absent where doctor asks in another way. */
  readonly version?: readonly string[];
  /** Whether it builds where the image is published, so that this must be known. */
  readonly buildsInRegistry?: true;
  /** Whether it builds for one platform only, so that which ones are needed decides. */
  readonly buildsOnePlatform?: true;
}

export type EngineDefinitions = Readonly<Record<EngineName, EngineDefinition>>;

const pinnedText = "the Dockerfile it is given names digests only, and the image's lowest layers are those of its base";

/** Every engine, in the order in which `auto` asks them: where a rebase is safe, it changes nothing but the base. */
export const engineDefinitions: EngineDefinitions = {
  rebase: {
    needs: 'only the registry',
    does: 'swaps the layers of the base in the existing image',
    proof: 'it assembled the layers itself',
    makes: 'layer-swap',
    create: rebaseEngine,
  },
  buildx: {
    needs: 'docker with buildx 0.12 or later, and a builder that writes provenance',
    does: 'a full build',
    proof: "BuildKit's provenance of every platform",
    makes: 'build',
    create: buildxEngine,
  },
  docker: {
    needs: 'Docker Engine 20.10 or later, no buildx',
    does: 'a full build with the classic builder',
    proof: pinnedText,
    makes: 'build',
    create: dockerEngine,
    buildsOnePlatform: true,
  },
  podman: {
    needs: 'Podman 4.0 or later; no daemon',
    does: 'a full build, platform by platform',
    proof: 'as `docker`',
    makes: 'build',
    create: (parts) => containersEngine('podman', parts),
    version: ['--version'],
  },
  buildah: {
    needs: 'Buildah 1.24 or later; no daemon',
    does: 'a full build, platform by platform',
    proof: 'as `docker`',
    makes: 'build',
    create: (parts) => containersEngine('buildah', parts),
    version: ['--version'],
  },
  'acr-tasks': {
    needs: 'an Azure Container Registry and an identity that may build in it; used only on request',
    does: 'a full build in Azure, platform by platform',
    proof: 'as `docker`',
    makes: 'build',
    create: acrTasksEngine,
    buildsInRegistry: true,
  },
};

/** Every engine, in the order in which `auto` asks them. */
export function createEngines(
  parts: EngineParts,
  definitions: EngineDefinitions = engineDefinitions,
): readonly Engine[] {
  return namesOf(definitions).map((name) => mindful(definitions[name].create(parts), parts.world));
}

// What the release build asks for is looked at before any program is asked, and before anything is built.
function mindful(engine: Engine, world: EngineParts['world']): Engine {
  const suits: Engine['suits'] = async (order) =>
    whyNotAsked(engine.name, order) ?? (await whyNotRead(engine.name, order, world)) ?? engine.suits(order);
  return { ...engine, suits };
}

// What is written for Buildah may be nothing that the other builders read.
async function whyNotRead(
  engine: EngineName,
  order: BuildOrder,
  world: EngineParts['world'],
): Promise<Unsuitable | undefined> {
  const { build } = order;
  if (
    build.dialect === undefined ||
    !isDescribed(build) ||
    engine === 'rebase' ||
    engine === 'podman' ||
    engine === 'buildah'
  )
    return undefined;
  const { dialect: _own, ...plain } = build;
  const read = readBuild(world, await dockerfileOf(world, order), plain).dockerfile;
  if (read.kind === 'read') return undefined;
  const line = read.line === null ? '' : `:${read.line}`;
  return unsuitable(
    `${build.dockerfile}${line} is written as only Buildah reads it`,
    'build it with podman or buildah',
  );
}

/** Why an engine cannot build an image as its release build does, whatever is at hand; undefined where nothing speaks against it. */
export function whyNotAsked(
  engine: EngineName,
  { withheld, build }: Pick<BuildOrder, 'withheld' | 'build'>,
): Unsuitable | undefined {
  if (engine === 'rebase') return undefined;
  if (withheld !== undefined) {
    const { detail, remedy } = withheld;
    return { kind: 'unsuitable', why: detail, ofTheImage: true, ...(remedy === undefined ? {} : { remedy }) };
  }
  const lacking = unsupportedOption(engine, build.options ?? []);
  return lacking === undefined ? undefined : { ...lacking, ofTheImage: true };
}
