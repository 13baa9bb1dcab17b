import { lifecycleLabel } from '../../baseline/buildpacks.ts';
import { mappingOf, parsed } from '../../json.ts';
import type { Digest } from '../../oci/digest.ts';

type Labels = Readonly<Record<string, unknown>>;

/** The new run image, as the label names it. */
export interface RunImage {
  /** The diffID of its highest layer, where the next rebase finds its seam. */
  readonly topLayer: Digest;
  readonly reference: string;
  readonly labels: Labels;
}

/** Labels as the lifecycle leaves them after a rebase: its metadata names the new run image, whose own labels are taken over. */
export function rebasedLabels(labels: Labels, run: RunImage): Labels {
  const metadata = mappingOf(parsed(String(labels[lifecycleLabel] ?? '')));
  if (metadata === undefined) return labels;
  const isOfRunImage = (name: string) => /^io\.buildpacks\.(?:base|stack)\./.test(name);
  const { topLayer, reference } = run;
  return {
    ...Object.fromEntries(Object.entries(labels).filter(([name]) => !isOfRunImage(name))),
    ...Object.fromEntries(Object.entries(run.labels).filter(([name]) => isOfRunImage(name))),
    [lifecycleLabel]: JSON.stringify({
      ...metadata,
      runImage: { ...mappingOf(metadata.runImage), topLayer, reference },
    }),
  };
}
