import { readPublished } from '../../baseline/published.ts';
import { registryAlone } from '../../baseline/sources.ts';
import { sourceFor } from '../../config/per-image.ts';
import type { DiscoveredBuild } from '../../discover/build.ts';
import { attempt } from '../../failure.ts';
import { decideFor } from '../../refresh/source-stage.ts';
import { readReleasedSource } from '../../source/released.ts';
import { createSourceTrees, type SourceTrees } from '../../source/worktrees.ts';
import { type DoctorFinding, ok, warning } from '../check.ts';
import type { ExaminedRun } from '../examined-run.ts';

/** Images that are asked for: each costs its manifests, and what is attested beside it. */
const mostAsked = 20;

/** Whether the commit of each published image is known and here, without which a full build of it is held. */
export async function sourceFindings(examined: ExaminedRun): Promise<readonly DoctorFinding[]> {
  const { config, world, discovery } = examined;
  if (config.doctor?.offline === true) return [];
  const { builds } = await discovery();
  const trees = createSourceTrees(world, config.root);
  const asked = builds.filter(({ build }) => build.releases.length > 0 && sourceFor(config, build) === 'released');
  const found = await Promise.all(asked.slice(0, mostAsked).map((one) => sourceFinding(examined, trees, one)));
  return found.flat();
}

async function sourceFinding(
  { config, world, host, registry }: ExaminedRun,
  trees: SourceTrees,
  discovered: DiscoveredBuild,
): Promise<readonly DoctorFinding[]> {
  const { build } = discovered;
  const [release] = build.releases;
  if (release === undefined) return [];
  const found = await attempt(build.name, () => readPublished(registry, release));
  // That it cannot be read is among the findings, and what is not published yet is built from the checkout.
  if (found.kind === 'failed' || found.value === undefined) return [];
  const released = { sources: registryAlone(registry), world, root: config.root, trees, rule: 'released' } as const;
  const { record } = await readReleasedSource(released, discovered, found.value);
  const decision = await decideFor({ trees, host, config, world }, build, { record });
  const { name } = build;
  if (decision.kind === 'held') {
    const { detail, remedy = '' } = decision.failure;
    return [warning(name, `a full build would be held: ${detail.replace(/^not built: /, '')}`, remedy)];
  }
  if (record.kind !== 'recorded') return [];
  return [ok(name, `a full build uses ${record.revision.slice(0, 12)}, as the published image was`)];
}
