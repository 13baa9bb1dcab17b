import { FailureError } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { withDigest } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import { annotationsFor } from './candidate.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { attestationCount, type ComposedImage, composeImage, composeIndex } from './rebase/compose.ts';
import { type ListedLayer, readLayerFiles } from './rebase/layer-files.ts';
import { planRebase, type ReadLayer, type RebasePlan } from './rebase/plan.ts';
import { publishRebase, type Transfer } from './rebase/publish.ts';

/** What the rebase engine works with. */
export interface RebaseContext {
  readonly world: Pick<World, 'now'>;
  readonly registry: Registry;
}

/** Swaps the base's layers by the registry's API alone, where it is certain that the app's layers do not mind. */
export function rebaseEngine(context: RebaseContext): Engine {
  const plans = new WeakMap<BuildOrder, Promise<RebasePlan>>();
  const readLayer = onceEach(context.registry);
  const planned = (order: BuildOrder) => {
    const plan = plans.get(order) ?? planRebase(context.registry, readLayer, order);
    plans.set(order, plan);
    return plan;
  };
  return {
    name: 'rebase',
    suits: (order) => suitability(planned(order)),
    rebuild: async (order) => rebase(context, order, await planned(order)),
  };
}

function onceEach(registry: Registry): ReadLayer {
  const known = new Map<Digest, Promise<ListedLayer>>();
  return (repository, layer) => {
    const files = known.get(layer.digest) ?? readLayerFiles(registry, repository, layer);
    known.set(layer.digest, files);
    return files;
  };
}

async function suitability(plan: Promise<RebasePlan>): Promise<Suitability> {
  try {
    await plan;
    return { kind: 'suitable' };
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || thrown.failure.code !== 'unsafe-rebase') throw thrown;
    const { detail, remedy } = thrown.failure;
    return { kind: 'unsuitable', why: detail, ...(remedy === undefined ? {} : { remedy }) };
  }
}

async function rebase({ world, registry }: RebaseContext, order: BuildOrder, plan: RebasePlan): Promise<BuiltImage> {
  const { candidate } = order;
  const started = world.now();
  const pinned = standing(order);
  const annotations = { ...order.annotations, ...annotationsFor(pinned) };
  const images = plan.platforms.map((platform) => composeImage(platform, annotations, started.toISOString()));
  const top = topOf(plan, images, annotations);
  const transfer = await publishRebase(registry, candidate, images, top);
  const { digest } = top.descriptor;
  return {
    reference: withDigest(candidate, digest),
    digest,
    engine: 'rebase',
    pinned,
    evidence: 'layers',
    durationMs: world.now().getTime() - started.getTime(),
    notes: [...images.flatMap(({ notes }) => notes), ...attestationNote(plan), ...transferNote(transfer, plan)],
  };
}

function topOf({ published }: RebasePlan, images: readonly ComposedImage[], annotations: BuildOrder['annotations']) {
  const [first] = images;
  const single = published.manifest.document.kind === 'manifest' ? first?.manifest : undefined;
  return single ?? composeIndex(published, images, annotations);
}

// No frontend ran: the record keeps the one that built the app's layers, where it is known.
function standing({ pins }: BuildOrder): BuildOrder['pins'] {
  return pins.flatMap((pin) => {
    if (pin.base.via !== 'syntax') return [pin];
    return pin.from === undefined ? [] : [{ ...pin, digest: pin.from }];
  });
}

function attestationNote({ published }: RebasePlan): readonly string[] {
  const count = attestationCount(published);
  return count === 0 ? [] : [`${count} attestation(s) of the image before were dropped: they do not speak of this one`];
}

function transferNote({ layers, bytes }: Transfer, { swap }: RebasePlan): readonly string[] {
  if (layers === 0) return [];
  const from = swap.after.reference.registry;
  return [`${layers} layer(s), ${bytes} bytes, were copied: they could not be mounted from ${from}`];
}
