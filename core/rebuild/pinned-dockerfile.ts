import { dialectIn } from '../discover/read-build.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { instructionAt, placesOf, replaced, type Span } from '../dockerfile/places.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import { familiar, formatReference, parseReference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { placeToRead, type Routes } from '../registry/transport/endpoint.ts';
import { folderContexts } from './contexts.ts';
import type { BuildOrder, Pin } from './engine.ts';
import { allParts, partsFor } from './rebase/parts.ts';

/** What a builder without named contexts is handed in place of the repository's Dockerfile. */
export interface PinnedInput {
  readonly order: Pick<BuildOrder, 'build' | 'pins'>;
  /** The text that the repository has. */
  readonly dockerfile: string;
  readonly routes: Routes;
  /** Where the builder runs, and what it builds for. */
  readonly platforms: { readonly build: Platform; readonly target: Platform };
  /** ONBUILD instructions of the bases, by digest: they run in the build, and may name images too. */
  readonly triggers: ReadonlyMap<Digest, readonly string[]>;
}

/** The ONBUILD instructions of every image that stages are built on. */
export async function readTriggers(
  registry: Registry,
  pins: readonly Pin[],
  platform: Platform,
): Promise<PinnedInput['triggers']> {
  const stages = pins.filter(({ base }) => base.via === 'from');
  const read = stages.map(async ({ source, digest }) => {
    const reference = withDigest(source, digest);
    const image = { reference, manifest: await registry.manifest(reference) };
    const parts = (await partsFor(registry, image, platform)) ?? (await allParts(registry, image))[0];
    const { OnBuild: triggers } = parts?.config.config ?? {};
    return [digest, Array.isArray(triggers) ? triggers.map(String) : []] as const;
  });
  return new Map(await Promise.all(read));
}

/**
 * The Dockerfile with every base held at its pinned digest, and nothing else changed. No tag is looked up by who builds
 * it, so nothing can move in between; the text is read again to make sure that no base was missed. Throws FailureError.
 */
export function pinnedDockerfile(input: PinnedInput): string {
  const { order, dockerfile, routes } = input;
  const edits = order.pins
    .filter(({ base }) => base.via !== 'syntax')
    .flatMap((pin) => spansOf(dockerfile, pin, order.build.name).map((span) => ({ span, by: textOf(routes, pin) })));
  // From the end, so that offsets before an edit stay true; several uses may share one place.
  const distinct = [...new Map(edits.map((edit) => [edit.span.start, edit])).values()];
  const ordered = distinct.toSorted((a, b) => b.span.start - a.span.start);
  const pinned = ordered.reduce((text, { span, by }) => replaced(text, span, by), dockerfile);
  makeSure(input, pinned);
  return pinned;
}

function textOf(routes: Routes, { source, digest }: Pin): string {
  const { endpoint, repository } = placeToRead(routes, source);
  return `${endpoint.registry}/${repository}@${digest}`;
}

function spansOf(text: string, { base }: Pin, subject: string): readonly Span[] {
  const places = placesOf(text, base.raw, instructionAt(text, base.line));
  const found = base.via === 'from' ? places.slice(0, 1) : places.filter(({ start }) => followsFrom(text, start));
  if (found.length > 0) return found;
  const name = familiar(base.reference);
  const fact = `its base ${name} does not stand on line ${base.line} as such, so it cannot be held at a digest there`;
  throw fail('build-failed', subject, fact, 'build it with buildx');
}

// `--from=IMAGE` of COPY and `from=IMAGE` of a mount, in quotes or not.
function followsFrom(text: string, start: number): boolean {
  return /from=["']?$/i.test(text.slice(Math.max(0, start - 6), start));
}

function makeSure({ order, platforms, routes, triggers }: PinnedInput, pinned: string): void {
  const { name, args, target, contexts } = order.build;
  const asked = target === undefined ? {} : { target };
  const fired = new Map(
    order.pins.map((pin) => [canonical(textOf(routes, pin)), triggers.get(pin.digest) ?? []] as const),
  );
  const reading = readDockerfile(pinned, {
    args,
    platforms,
    contexts: folderContexts(contexts),
    triggers: fired,
    ...asked,
    ...dialectIn(order.build),
  });
  if (reading.kind === 'refused') throw fail('dockerfile', name, reading.detail, 'build it with buildx');
  const digests = new Set(order.pins.map(({ digest }) => digest));
  const loose = reading.bases.find((base) => isUsed(base) && !isAt(base, digests));
  if (loose === undefined) return;
  const fact = `${formatReference(loose.reference)} on line ${loose.line} was not compared, so it would not be pinned`;
  throw fail('build-failed', name, fact, 'build it with buildx');
}

function canonical(text: string): string {
  return formatReference(parseReference(text));
}

function isUsed({ reachable, via }: BaseImage): boolean {
  return reachable && via !== 'syntax';
}

function isAt({ reference }: BaseImage, digests: ReadonlySet<string>): boolean {
  return reference.digest !== undefined && digests.has(reference.digest);
}
