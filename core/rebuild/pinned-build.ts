import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import { familiar } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { placeToRead } from '../registry/transport/endpoint.ts';
import { type CacheArguments, cacheArguments } from './cache-arguments.ts';
import { dockerfileOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, PinEvidence } from './engine.ts';
import { pinnedDockerfile, readTriggers } from './pinned-dockerfile.ts';
import { publishPushed } from './publish-pushed.ts';
import type { BuildSettings, EngineName } from './settings.ts';

/** What engines that are handed a pinned Dockerfile work with. */
export interface PinnedContext {
  readonly world: World;
  readonly registry: Registry;
  readonly config: RegistrySettings;
  readonly settings: BuildSettings;
  /** Where runs keep their reports, absolute: no part of any image; absent where they keep none. */
  readonly outputDirectory?: string;
  /** Called with every line that the tool prints; the text is untrusted. */
  readonly log: (line: string) => void;
}

/** The build of one platform. */
export interface PinnedJob {
  readonly order: BuildOrder;
  /** The text to build, every base at a digest. */
  readonly dockerfile: string;
  /** Where the builder itself runs. */
  readonly own: Platform;
  readonly platform: Platform;
  readonly fresh: CacheArguments;
}

/** A tool that builds a text for one platform and pushes it under the candidate tag. */
export interface PinnedBuilder {
  readonly engine: EngineName;
  /** As it is called in notes. */
  readonly title: string;
  readonly own: Platform;
  readonly platforms: readonly Platform[];
  /** Builds and pushes; answers the digest that the registry has, and what a user should know. */
  build(job: PinnedJob): Promise<{ readonly digest: Digest; readonly notes: readonly string[] }>;
}

/** Builds an order platform by platform on a pinned text, and publishes the results as one candidate. */
export async function rebuildPinned(
  { world, registry, config, settings: ofAll }: PinnedContext,
  order: BuildOrder,
  builder: PinnedBuilder,
): Promise<BuiltImage> {
  const settings = order.settings ?? ofAll;
  const started = world.now().getTime();
  const text = await dockerfileOf(world, order);
  const rule = settings.freshness;
  const fresh = cacheArguments({
    rule,
    dockerfile: text,
    subject: order.build.name,
    now: world.now(),
    hasFilters: false,
  });
  const pushed: { readonly digest: Digest; readonly notes: readonly string[] }[] = [];
  for (const platform of builder.platforms) {
    const platforms = { build: builder.own, target: platform };
    const triggers = await readTriggers(registry, order.pins, platform);
    const dockerfile = pinnedDockerfile({ order, dockerfile: text, routes: config, platforms, triggers });
    // One after the other: each is pushed under the one candidate tag, and read back there.
    pushed.push(await builder.build({ order, dockerfile, own: builder.own, platform, fresh }));
  }
  const digests = pushed.map(({ digest }) => digest);
  const reference = await publishPushed(registry, order, digests);
  const notes = [...fresh.notes, ...frontendNote(order, builder.title), ...pushed.flatMap((one) => one.notes)];
  return {
    reference,
    digest: reference.digest,
    engine: builder.engine,
    pinned: order.pins,
    evidence: evidenceOf(order),
    durationMs: world.now().getTime() - started,
    notes: [...new Set(notes)],
  };
}

/** The hosts that a build talks to: the candidate's, and where its bases are read. */
export function hostsOf(config: RegistrySettings, { candidate, pins }: BuildOrder): readonly string[] {
  return [...new Set([candidate.registry, ...pins.map(({ source }) => placeToRead(config, source).endpoint.registry)])];
}

// A pinned text gave the image: its base's layers show it, where it has a base.
function evidenceOf({ pins }: BuildOrder): PinEvidence {
  return pins.some(({ base }) => base.runtime) ? 'layers' : 'pinned-dockerfile';
}

function frontendNote({ pins }: BuildOrder, builder: string): readonly string[] {
  const frontend = pins.find(({ base }) => base.via === 'syntax');
  if (frontend === undefined) return [];
  return [`${builder} reads Dockerfiles itself: ${familiar(frontend.base.reference)} of # syntax= was not used`];
}
