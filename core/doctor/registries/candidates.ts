import { attempt } from '../../failure.ts';
import { familiar } from '../../oci/reference.ts';
import { heldFor, leftCandidates, repositoriesOf } from '../../prune/candidates.ts';
import { counted } from '../../text/words.ts';
import { type DoctorFinding, note, warning } from '../check.ts';
import type { ExaminedRun } from '../examined-run.ts';

/** Repositories that are asked: each costs a request for its tags. */
const mostAsked = 20;

/** The candidate tags that killed runs left where images are published. */
export async function candidateFindings(examined: ExaminedRun): Promise<readonly DoctorFinding[]> {
  const { config, registry, world, discovery } = examined;
  if (config.doctor?.offline === true) return [];
  const { builds } = await discovery();
  const maxAge = config.promotion.candidateMaxAge;
  const age = { now: world.now(), maxAge, heldMaxAge: maxAge * heldFor };
  const repositories = repositoriesOf(builds.flatMap(({ build }) => build.releases)).slice(0, mostAsked);
  const found = await Promise.all(
    repositories.map(async (one): Promise<readonly DoctorFinding[]> => {
      const name = familiar({ registry: one.registry, repository: one.repository });
      const left = await attempt(name, () => leftCandidates(registry, one, age));
      if (left.kind === 'failed') return [note(name, `its tags cannot be listed: ${left.failure.detail}`)];
      if (left.value.length === 0) return [];
      const tags = counted(left.value.length, 'candidate tag');
      const remedy = 'remove them with the command prune; the next run that pushes there does it too';
      return [warning(name, `has ${tags} of earlier runs, such as ${left.value[0]?.reference.tag}`, remedy)];
    }),
  );
  return found.flat();
}
