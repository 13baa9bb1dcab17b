import { attempt } from '../failure.ts';
import { withDigest } from '../oci/reference.ts';
import type { BuildOrder } from '../rebuild/engine.ts';
import { engineDefinitions } from '../rebuild/engines.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import { buildFileDigest, builtAt, policyDigest } from './further-reasons.ts';
import type { Gated } from './image-result.ts';
import { findPromotion, type Making } from './promotion-evidence.ts';

/** What the record of a promotion says of how the image was made: of a swap of layers, how that was whose layers it keeps. */
export async function makingOf(run: Run, gated: Gated, key?: string, order?: BuildOrder): Promise<Making> {
  const { image, built } = gated;
  const { name } = image.build;
  const policy = await attempt(name, () => policyDigest(run, image.build));
  const said = { ...given('key', key), ...(policy.kind === 'done' ? { policy: policy.value } : {}) };
  if (engineDefinitions[built.engine].makes === 'layer-swap') {
    const before = await attempt(name, () => makingBefore(run, gated));
    return { ...said, ...(before.kind === 'done' ? before.value : {}) };
  }
  // What the checkout states of it is compared with what the checkout states later.
  const place = order?.root === run.config.root ? { root: order.root, build: image.build } : order;
  const buildFile = place === undefined ? undefined : await attempt(name, () => buildFileDigest(run, place));
  return {
    ...said,
    built: run.world.now().toISOString(),
    ...(buildFile?.kind === 'done' ? { buildFile: buildFile.value } : {}),
  };
}

async function makingBefore(run: Run, { image }: Gated): Promise<Making> {
  const { published } = image;
  if (published === undefined) return {};
  const place = withDigest(published.reference, published.manifest.descriptor.digest);
  const found = await findPromotion(run, place);
  const record = found.kind === 'promoted' ? found.record : undefined;
  return { ...given('built', await builtAt(run, image, record)), ...given('buildFile', record?.buildFile) };
}
