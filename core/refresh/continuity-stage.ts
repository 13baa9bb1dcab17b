import type { PublishedImage } from '../baseline/published.ts';
import { type CheckedImage, strayTags } from '../check/checked.ts';
import type { Config } from '../config/model.ts';
import { acceptedFor, sourceFor } from '../config/per-image.ts';
import type { PlannedSigning } from '../continuity/assessed.ts';
import { carryOver, type Successor } from '../continuity/carry-over.ts';
import { describeContinuity } from '../continuity/describe.ts';
import type { OtherTag } from '../continuity/other-tags.ts';
import type { SourceChange } from '../continuity/source-change.ts';
import { wantedCompression } from '../continuity/wanted-compression.ts';
import { statedSettings } from '../dockerfile/stated-settings.ts';
import { attempt } from '../failure.ts';
import { formatReference, withDigest } from '../oci/reference.ts';
import { dockerfileOf } from '../rebuild/dockerfile-text.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import { sbomsOf } from '../sign/sbom.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import { findPromotion } from './promotion-evidence.ts';
import { signingContext } from './sign-stage.ts';

/** What was built with what the published image has, and how the two differ; undefined where nothing is published. */
export async function continued(
  run: Run,
  image: CheckedImage,
  order: BuildOrder,
  built: BuiltImage,
): Promise<Successor | undefined> {
  const { registry, config, world, host } = run;
  const { published, build } = image;
  if (published === undefined) return undefined;
  const signing = plannedSigning(config);
  const { releasedDockerfile: then } = image;
  const successor = await carryOver(
    {
      registry,
      order,
      published,
      accept: acceptedFor(config, build),
      makeSboms: (reference, form) => sbomsOf({ ...signingContext(run), registry, config }, reference, form),
      now: () => world.now(),
      others: await otherTags(run, image),
      isOtherSourceMeant: sourceFor(config, build) === 'checkout',
      ...given('signing', signing),
      ...given('stated', then === undefined ? undefined : statedSettings(then, order.build)),
      ...given('sources', await sourcesOf(run, image, order)),
    },
    built,
  );
  const words = describeContinuity(successor.continuity);
  const isBroken = successor.continuity.broken.length > 0;
  if (words !== undefined) host.log(isBroken ? 'error' : 'info', `${build.name}: ${words}`);
  return successor;
}

/**
 * What other release tags name, each once, but for the same image in the same repository, and for what a promotion to what the
 * first names was recorded to replace.
 */
async function otherTags(run: Run, image: CheckedImage): Promise<readonly OtherTag[]> {
  const { published, further = [], build } = image;
  if (published === undefined) return [];
  const { digest } = published.manifest.descriptor;
  const begun =
    strayTags(image).length === 0
      ? undefined
      : await attempt(build.name, () => findPromotion(run, withDigest(published.reference, digest)));
  const record = begun?.kind === 'done' && begun.value.kind === 'promoted' ? begun.value.record : undefined;
  const replaced = new Set(record?.tags.map(({ reference, previous }) => `${reference} ${previous}`));
  const known = new Set([placeOf(published)]);
  return further.flatMap(({ image: other, source, reference }) => {
    if (other === undefined || known.has(placeOf(other))) return [];
    if (replaced.has(`${formatReference(reference)} ${other.manifest.descriptor.digest}`)) return [];
    known.add(placeOf(other));
    return [{ image: other, ...given('source', source) }];
  });
}

function placeOf({ reference: { registry, repository }, manifest }: PublishedImage): string {
  return `${registry}/${repository}@${manifest.descriptor.digest}`;
}

function plannedSigning({ sign }: Config): PlannedSigning | undefined {
  if (sign === undefined) return undefined;
  const types = { record: 'record', scan: 'scan', sbom: 'SBOM', vsa: 'verification summary' } as const;
  return {
    tool: sign.tool,
    attests: sign.attestations.map((kind) => types[kind]),
    isRecursive: sign.recursive,
  };
}

// A rebase has no source: what it leaves of the image is what was published.
function isSameSource({ source }: CheckedImage, order: BuildOrder): boolean {
  if (order.source === undefined) return true;
  if (source?.kind !== 'recorded') return false;
  return source.revision === order.source.revision && !source.dirty && !order.source.dirty;
}

async function sourcesOf({ world }: Run, image: CheckedImage, order: BuildOrder): Promise<SourceChange | undefined> {
  if (isSameSource(image, order)) return undefined;
  const { build, releasedDockerfile: then } = image;
  const now = await attempt(build.name, () => dockerfileOf(world, order));
  const labels = (order.build.options ?? []).filter(({ name }) => name === 'label').map(({ value }) => value);
  return {
    ...given('then', then === undefined ? undefined : statedSettings(then, order.build)),
    ...given('now', now.kind === 'failed' ? undefined : statedSettings(now.value, order.build)),
    labels: new Set(labels),
  };
}

/** The order with the compression of the published image's own layers, where that is not what every builder does. */
export async function asCompressed({ registry, config }: Run, order: BuildOrder): Promise<BuildOrder> {
  if (acceptedFor(config, order.build).includes('compression')) return order;
  return { ...order, ...given('compression', await wantedCompression(registry, order)) };
}
