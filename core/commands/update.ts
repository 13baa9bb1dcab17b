import type { Config } from '../config.ts';
import { createRun } from '../context.ts';
import { describeFailure } from '../failure.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { updateDocument } from '../update/document.ts';
import { findUpdates } from '../update/find-updates.ts';
import { annotatePlan, tellPlan } from '../update/tell.ts';
import { unifiedDiff } from '../update/unified-diff.ts';
import { writeChanges } from '../update/write.ts';

/** `update`: newer tags and digest pins, as a diff or written to the files; what failed leaves the rest as it is. */
export async function updateCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const run = createRun(config, host, world);
  const plan = await findUpdates(run);
  const isWriting = config.update.write && !config.dryRun;
  const written = isWriting ? await writeChanges(world, config.root, plan.files) : { paths: [], failures: [] };
  const failures = [...plan.failures, ...written.failures];
  tellPlan(host, plan, isWriting);
  annotatePlan(host, plan, config.placeInRepository ?? '');
  for (const failure of failures) host.log('error', describeFailure(failure));
  if (config.format === 'json')
    host.print(JSON.stringify(updateDocument({ ...plan, failures }, written.paths), null, 2));
  else if (!isWriting && plan.files.length > 0) host.print(unifiedDiff(plan.files).replace(/\n$/, ''));
  return failures.length > 0 ? 'incomplete' : 'succeeded';
}
