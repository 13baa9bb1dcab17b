import { attestedReader } from '../baseline/attested.ts';
import { whyNameless } from '../baseline/maker.ts';
import { type PublishedImage, platformManifests, readPublished } from '../baseline/published.ts';
import type { CheckedImage } from '../check/checked.ts';
import type { Build, DiscoveredBuild } from '../discover/build.ts';
import type { ImageAlone } from '../discover/listed-images.ts';
import { attempt, FailureError, fail } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { ClaimSources } from '../rebuild/rebase/claimed-bases.ts';
import { namedBase } from '../rebuild/rebase/named-base.ts';
import { given } from '../table.ts';
import { checkBuilds, readLockFile } from './check-builds.ts';
import type { Run } from './context.ts';
import { attestationVerifier } from './sign-stage.ts';

/** An image that has no Dockerfile here: only its name and where it is published are known. */
export function imageAlone({ name, releases, owners }: ImageAlone, platforms: readonly Platform[] = []): Build {
  return { name, context: '', args: {}, contexts: {}, platforms, releases, provenance: {}, ...given('owners', owners) };
}

/** The base that an image names itself, or that its records bear out; undefined where nothing says. */
export async function baseOfImage(run: Run, published: PublishedImage): Promise<Reference | undefined> {
  const { config, registry, world } = run;
  const attested = attestedReader(registry, attestationVerifier(run));
  const sources: ClaimSources = { registry, attested, lock: await readLockFile(world, config) };
  return namedBase(sources, published);
}

/** An image as a Dockerfile of one line would describe it. */
export function standingOnBase(build: Build, reference: Reference): DiscoveredBuild {
  const written = familiar(reference);
  const base = { reference, raw: written, expanded: written, via: 'from', line: 1, stage: 0 } as const;
  const used = { reachable: true, runtime: true, platform: null };
  return { build, dockerfile: { kind: 'read', path: written, bases: [{ ...base, ...used }] } };
}

/** Checks images by what they say of themselves; one that says nothing of its base is unknown. */
export async function checkListed(run: Run, images: readonly ImageAlone[]): Promise<readonly CheckedImage[]> {
  const described = await Promise.all(images.map((image) => describe(run, image)));
  const known = described.flatMap((one) => ('verdict' in one ? [] : [one]));
  const checked = new Map((await checkBuilds(run, known)).map((image) => [image.build.name, image]));
  return described.flatMap((one) => ('verdict' in one ? [one] : (checked.get(one.build.name) ?? [])));
}

async function describe(run: Run, image: ImageAlone): Promise<DiscoveredBuild | CheckedImage> {
  const build = imageAlone(image, run.config.platforms);
  const read = await attempt(image.name, async () => {
    const [release] = image.releases;
    if (image.chosen?.unknown !== undefined) throw new FailureError(image.chosen.unknown);
    const published = release === undefined ? undefined : await readPublished(run.registry, release);
    if (release === undefined || published === undefined) throw absentImage(release);
    const base = await baseOfImage(run, published);
    if (base === undefined) throw await nameless(run, published);
    return standingOnBase(build, base);
  });
  return read.kind === 'done' ? read.value : { build, verdict: 'unknown', bases: [], failure: read.failure };
}

/** A published image that is not there. */
export function absentImage(image: Reference | undefined): FailureError {
  return fail(
    'not-found',
    image === undefined ? 'image' : formatReference(image),
    'there is no such image',
    'check its name',
  );
}

async function nameless({ registry }: Run, image: PublishedImage): Promise<FailureError> {
  const [first] = await platformManifests(registry, image);
  const config = first === undefined ? undefined : await registry.config(image.reference, first.manifest);
  const remedy =
    'have its build annotate it with org.opencontainers.image.base.name and .digest, or record its base in base-images.lock.json';
  return fail('base-unknown', formatReference(image.reference), whyNameless(config), remedy);
}
