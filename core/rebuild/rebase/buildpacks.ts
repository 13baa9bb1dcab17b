import { lifecycleLabel } from '../../baseline/buildpacks.ts';
import { itemsOf, mappingOf, parsed } from '../../json.ts';
import type { Digest } from '../../oci/digest.ts';
import { asReference, formatReference, type Reference, sameRepository } from '../../oci/reference.ts';

type Labels = Readonly<Record<string, unknown>>;

/** The new run image, as the label names it. */
export interface RunImage {
  /** The diffID of its highest layer, where the next rebase finds its seam. */
  readonly topLayer: Digest;
  readonly reference: string;
  /** By what it was asked for, without a digest. */
  readonly name: Reference;
  readonly labels: Labels;
}

/** Labels as the lifecycle leaves them after a rebase: its metadata names the new run image, whose own labels are taken over. */
export function rebasedLabels(labels: Labels, run: RunImage): Labels {
  const metadata = mappingOf(parsed(String(labels[lifecycleLabel] ?? '')));
  if (metadata === undefined) return labels;
  const isOfRunImage = (name: string) => /^io\.buildpacks\.(?:base|stack)\./.test(name);
  const { topLayer, reference } = run;
  const named = runImageOf(metadata, run);
  return {
    ...Object.fromEntries(Object.entries(labels).filter(([name]) => !isOfRunImage(name))),
    ...Object.fromEntries(Object.entries(run.labels).filter(([name]) => isOfRunImage(name))),
    [lifecycleLabel]: JSON.stringify({
      ...metadata,
      ...named.stack,
      runImage: { ...mappingOf(metadata.runImage), ...named.runImage, topLayer, reference },
    }),
  };
}

// An image that was put on another run image by force has that one from then on.
function runImageOf(metadata: Labels, { name }: RunImage): { readonly runImage?: object; readonly stack?: object } {
  const holders = [mappingOf(metadata.runImage), mappingOf(mappingOf(metadata.stack)?.runImage)];
  const names = holders.flatMap((holder) => [holder?.image, ...itemsOf(holder?.mirrors)]).map(String);
  const isKnown = names.some((known) => {
    const reference = asReference(known);
    return reference !== undefined && sameRepository(reference, name);
  });
  const runImage = { image: formatReference(name), mirrors: [] };
  return isKnown || holders.every((holder) => holder?.image === undefined)
    ? {}
    : { runImage, stack: { stack: { runImage } } };
}
