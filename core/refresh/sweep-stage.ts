import { attempt, describeFailure } from '../failure.ts';
import { familiar } from '../oci/reference.ts';
import type { RefreshPlan } from '../plan/plan.ts';
import {
  heldFor,
  leftCandidates,
  type ReleaseRepository,
  removeCandidates,
  repositoriesOf,
} from '../prune/candidates.ts';
import { counted } from '../text/words.ts';
import type { Run } from './context.ts';

/** Takes the candidate tags away that killed runs left, where this run is about to push its own. */
export async function sweepCandidates(run: Run, { levels }: RefreshPlan): Promise<void> {
  const { dryRun, promotion } = run.config;
  if (dryRun || promotion.keepCandidates) return;
  const rebuilt = levels.flat().filter(({ kind }) => kind === 'rebuild');
  const releases = rebuilt.flatMap(({ image }) => image.build.releases);
  await Promise.all(repositoriesOf(releases).map((repository) => sweepRepository(run, repository)));
}

// It keeps no image from being refreshed that an earlier one cannot be tidied up after.
async function sweepRepository(run: Run, repository: ReleaseRepository): Promise<void> {
  const { registry, host, world, config } = run;
  const name = familiar({ registry: repository.registry, repository: repository.repository });
  const maxAge = config.promotion.candidateMaxAge;
  const age = { now: world.now(), maxAge, heldMaxAge: maxAge * heldFor };
  const swept = await attempt(name, async () =>
    removeCandidates(registry, repository, await leftCandidates(registry, repository, age)),
  );
  if (swept.kind === 'failed') return host.log('warning', describeFailure(swept.failure));
  const removed = swept.value.filter(({ state }) => state === 'removed').length;
  if (removed > 0) host.log('info', `${name}: ${counted(removed, 'candidate tag')} of earlier runs removed`);
  const left = swept.value.filter(({ state }) => state === 'left');
  if (left.length > 0) {
    host.log('info', `${name}: ${counted(left.length, 'candidate tag')} of earlier runs left: ${left[0]?.why ?? ''}`);
  }
}
