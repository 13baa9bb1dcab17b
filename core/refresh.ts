import { assembleReport } from './assemble-report.ts';
import { carryOut } from './carry-out.ts';
import { check } from './check.ts';
import type { Run } from './context.ts';
import { discover } from './discover/discover.ts';
import { describeFailure } from './failure.ts';
import { plan } from './plan.ts';
import type { RefreshReport } from './report/report.ts';

/** The run: discover → resolve → baseline → compare → plan → rebuild → scan → gate → promote → report. */
export async function refresh(run: Run): Promise<RefreshReport> {
  const { builds, failures } = await discover(run.world, run.config);
  for (const failure of failures) run.host.log('error', describeFailure(failure));
  const images = await check(run.registry, builds);
  const planned = plan(images, run.config);
  const results = await carryOut(run, planned);
  return assembleReport(run, 'refresh', results, failures);
}
