import { discoverReleased } from './check/chosen-release.ts';
import { describeFailure } from './failure.ts';
import { plan } from './plan/plan.ts';
import { carryOut } from './refresh/apply-plan.ts';
import { assembleReport } from './refresh/assemble-report.ts';
import { changedBuilds } from './refresh/changed-bases.ts';
import { checkBuilds } from './refresh/check-builds.ts';
import type { Run } from './refresh/context.ts';
import { deployPromoted, prepareDeployment, warnOfUnknownImages } from './refresh/deploy-stage.ts';
import { furtherReasons } from './refresh/further-reasons.ts';
import { keepLockFile } from './refresh/keep-lock-file.ts';
import type { RunScope } from './refresh/scope.ts';
import { warnOfIdleAttestationRules, warnOfIdleRules } from './refresh/sign-stage.ts';
import { sweepCandidates } from './refresh/sweep-stage.ts';
import type { RefreshReport } from './report/report.ts';

/** The run: discover → resolve → baseline → compare → plan → rebuild → scan → gate → promote → deploy → report. */
export function refresh(run: Run, scope: RunScope = wholeOf(run)): Promise<RefreshReport> {
  return refreshed(run, scope).finally(() => run.trees.close());
}

async function refreshed(run: Run, scope: RunScope): Promise<RefreshReport> {
  await prepareDeployment(run);
  const { builds, failures, notices } = await discoverReleased(run, run.config);
  for (const notice of notices) run.host.log('warning', describeFailure(notice));
  for (const failure of failures) run.host.log('error', describeFailure(failure));
  warnOfUnknownImages(
    run,
    builds.map(({ build }) => build.name),
  );
  warnOfIdleAttestationRules(
    run,
    builds.map(({ build }) => build),
  );
  const images = await checkBuilds({ ...run, registry: scope.registry }, scope.select(builds));
  if (run.leg === undefined) warnOfIdleRules(run, images);
  const further = await furtherReasons(run, images);
  const planned = await scope.fit(plan(images, { force: run.config.force, further }));
  await sweepCandidates(run, planned);
  const results = await carryOut(run, planned);
  const lockFailures = await keepLockFile(run, results);
  const deployed = await deployPromoted(run, results);
  return assembleReport(run, 'refresh', deployed, [...failures, ...lockFailures]);
}

function wholeOf(run: Run): RunScope {
  return {
    registry: run.registry,
    select: (builds) => changedBuilds(run, builds),
    fit: async (whole) => whole,
  };
}
