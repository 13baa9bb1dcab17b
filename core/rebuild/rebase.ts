import { readProvenance } from '../baseline/provenance.ts';
import { inlineAttestations } from '../baseline/published.ts';
import { FailureError } from '../failure.ts';
import { listLayer } from '../layers/list-layer.ts';
import type { Digest } from '../oci/digest.ts';
import { withDigest } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import { counted } from '../text/words.ts';
import { candidateAnnotations } from './candidate.ts';
import { dockerfileOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { composeImage, composeIndex } from './rebase/compose.ts';
import type { ListLayer } from './rebase/gather.ts';
import { allParts, type RebasedImage } from './rebase/parts.ts';
import { planRebase, type RebasePlan } from './rebase/plan.ts';
import { attestationEntry, attestBeside, attestInIndex, type Deed } from './rebase/provenance.ts';
import { type LayerTransfer, publishRebase, type Rebased } from './rebase/publish.ts';
import { describeUnmet } from './rebase/rules.ts';
import type { RebasePolicy } from './settings.ts';

/** What the rebase engine works with. */
export interface RebaseContext {
  readonly world: Pick<World, 'now' | 'files' | 'platform'>;
  readonly registry: Registry;
  readonly policy: RebasePolicy;
}

/** Swaps the base's layers by the registry's API alone, where it is certain that the app's layers do not mind. */
export function rebaseEngine(context: RebaseContext): Engine {
  const plans = new WeakMap<BuildOrder, Promise<RebasePlan>>();
  const readLayer: ListLayer = (repository, layer) => listLayer(context.registry, repository, layer);
  const readDockerfile = (order: BuildOrder, manifest: Digest) => dockerfileThen(context, order, manifest);
  const planned = (order: BuildOrder) => {
    const plan = plans.get(order) ?? planRebase({ ...context, readLayer, readDockerfile }, order);
    plans.set(order, plan);
    return plan;
  };
  return {
    name: 'rebase',
    suits: async (order) => (context.policy === 'never' ? refused : suitability(planned(order), context.policy)),
    rebuild: async (order) => rebase(context, order, await planned(order)),
    remakes: async (order, made) => remakes(context, order, await planned(order), made),
  };
}

// The image's layers are what the text of its release made of them, whatever is checked out.
async function dockerfileThen(
  { world, registry }: RebaseContext,
  order: BuildOrder,
  manifest: Digest,
): Promise<string | undefined> {
  const { build, published, releasedDockerfile } = order;
  if (releasedDockerfile !== undefined) return releasedDockerfile;
  const attested = published === undefined ? [] : await readProvenance(registry, published);
  const text = attested.find(({ subject }) => subject === manifest)?.dockerfile;
  if (text !== undefined) return text;
  return build.dockerfile === undefined && build.inline === undefined ? undefined : dockerfileOf(world, order);
}

const refused: Suitability = {
  kind: 'unsuitable',
  why: 'rebase is set to never',
  remedy: 'set rebase to when-safe',
};

async function suitability(plan: Promise<RebasePlan>, policy: RebasePolicy): Promise<Suitability> {
  try {
    await plan;
    return { kind: 'suitable', why: policy === 'force' ? 'forced' : 'it is proved equal to a build on the new base' };
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || thrown.failure.code !== 'unsafe-rebase') throw thrown;
    const { detail, remedy } = thrown.failure;
    return { kind: 'unsuitable', why: detail, ...(remedy === undefined ? {} : { remedy }) };
  }
}

async function rebase(context: RebaseContext, order: BuildOrder, plan: RebasePlan): Promise<BuiltImage> {
  const { world, registry, policy } = context;
  const { candidate } = order;
  const began = world.now();
  const pinned = standing(order, policy);
  const started = began.toISOString();
  const rebased = compose(
    { plan, policy, pins: pinned, started },
    { ...order.annotations, ...candidateAnnotations(pinned) },
  );
  const transfer = await publishRebase(registry, candidate, rebased);
  const { digest } = rebased.top.descriptor;
  return {
    reference: withDigest(candidate, digest),
    digest,
    engine: 'rebase',
    pinned,
    evidence: 'layers',
    durationMs: world.now().getTime() - began.getTime(),
    notes: [
      ...forceNote(plan, policy),
      ...rebased.images.flatMap(({ notes }) => notes),
      ...attestationNote((await inlineAttestations(registry, plan.published)).length),
      ...transferNote(transfer, plan),
    ],
  };
}

// Nothing of a swap of layers is its own but the time: with that of the image, the same inputs make the same bytes.
async function remakes(
  { registry, policy }: RebaseContext,
  order: BuildOrder,
  plan: RebasePlan,
  made: RebasedImage,
): Promise<boolean> {
  const [first] = await allParts(registry, made);
  const started = first?.config.raw.created;
  if (typeof started !== 'string') return false;
  const pins = standing(order, policy);
  const again = compose({ plan, policy, pins, started }, { ...order.annotations, ...candidateAnnotations(pins) });
  return again.top.descriptor.digest === made.manifest.descriptor.digest;
}

function compose(deed: Deed, annotations: BuildOrder['annotations']): Rebased {
  const { published, platforms } = deed.plan;
  const images = platforms.map((platform) => composeImage(platform, annotations, deed.started));
  const [single] = images;
  if (published.manifest.document.kind === 'manifest' && single !== undefined) {
    return { images, attestations: [attestBeside(deed, single)], top: single.manifest };
  }
  const attested = images.map((image) => ({ image, attestation: attestInIndex(deed, image) }));
  const entries = attested.map(({ image, attestation }) =>
    attestationEntry(attestation, image.manifest.descriptor.digest),
  );
  const attestations = attested.map(({ attestation }) => attestation);
  return { images, attestations, top: composeIndex(published, images, entries, annotations) };
}

// Nothing was built: the record keeps the frontend and, where they may have moved, the build stages that made the app's layers.
function standing({ pins }: BuildOrder, policy: RebasePolicy): BuildOrder['pins'] {
  return pins.flatMap((pin) => {
    const staysAsItIs = pin.base.via === 'syntax' || (policy === 'force' && !pin.base.runtime);
    if (!staysAsItIs) return [pin];
    return pin.from === undefined ? [] : [{ ...pin, digest: pin.from }];
  });
}

function forceNote({ unmet }: RebasePlan, policy: RebasePolicy): readonly string[] {
  if (policy !== 'force') return [];
  return unmet.length === 0
    ? ['the rebase was forced, and would have been made without it']
    : [`the rebase was forced, though it is not proved equal to a build: ${describeUnmet(unmet)}`];
}

function attestationNote(count: number): readonly string[] {
  return count === 0
    ? []
    : [
        `${counted(count, 'attestation')} of the published image not carried over, being about other bytes; provenance of the rebase was added`,
      ];
}

function transferNote({ layers, bytes }: LayerTransfer, { swap }: RebasePlan): readonly string[] {
  if (layers === 0) return [];
  const from = swap.after.reference.registry;
  return [`${counted(layers, 'layer')} of ${bytes} bytes copied, which could not be mounted from ${from}`];
}
