import type { Config } from '../config/model.ts';
import { discover } from '../discover/discover.ts';
import { describeFailure, type Failure, isUsageFailure } from '../failure.ts';
import type { PlacedFile } from '../init/placed.ts';
import { planFiles } from '../init/plan-files.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { inputLabel } from '../settings/input.ts';
import { withoutEscapes } from '../untrusted.ts';
import { unifiedDiff } from '../update/unified-diff.ts';
import { writeChanges } from '../update/write.ts';

/** `init`: the first configuration, workflow and ignore line of a repository, as a diff or written; what is there stays. */
export async function initCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const found = await discover(world, config);
  for (const notice of found.notices) host.log('warning', describeFailure(notice));
  for (const failure of found.failures) host.log('error', describeFailure(withOwnRemedy(failure)));
  // Of a repository without a Dockerfile there is nothing to write down.
  if (found.failures.some(isUsageFailure)) return 'usage-error';
  const plan = await planFiles(world, config, found);
  const changes = plan.files.flatMap((file) => (file.kind === 'change' ? [file.change] : []));
  const isWriting = config.update.write && !config.dryRun;
  const written = isWriting ? await writeChanges(world, config.root, changes) : { paths: [], failures: [] };
  const failures = [...found.failures, ...written.failures];
  const { kind, why } = plan.host;
  const chosen = kind === 'none' ? `no workflow is written, as ${why}` : `the CI host is ${ciNames[kind]}, as ${why}`;
  const other = config.ciHost === undefined && host.kind === 'cli' ? `; ${inputLabel('cli', 'host')} chooses one` : '';
  host.log('info', `${chosen}${other}.`);
  for (const file of plan.files) {
    if (file.kind === 'left') host.log('info', `${file.path}: ${file.why}, so nothing is written.`);
  }
  for (const path of written.paths) host.log('info', `${path}: written.`);
  for (const failure of written.failures) host.log('error', describeFailure(failure));
  if (config.format === 'json') {
    const files = plan.files.map((file) => documentOf(file, written.paths));
    host.print(JSON.stringify({ schemaVersion: 1, host: kind, files, failures }, null, 2));
  } else if (!isWriting && changes.length > 0) host.print(withoutEscapes(unifiedDiff(changes)).replace(/\n$/, ''));
  if (!config.update.write && changes.length > 0) {
    host.log('info', `Nothing was written; ${inputLabel(host.kind, 'write')} does.`);
  }
  return failures.length > 0 ? 'incomplete' : 'succeeded';
}

// An empty repository has nothing that a workflow could refresh.
function withOwnRemedy(failure: Failure): Failure {
  const remedy = 'add a Dockerfile, or check the path and the include and exclude patterns';
  return isUsageFailure(failure) ? { ...failure, remedy } : failure;
}

const ciNames = { github: 'GitHub', azure: 'Azure DevOps' } as const;

function documentOf(file: PlacedFile, written: readonly string[]) {
  if (file.kind === 'left') return { path: file.path, state: 'left', detail: file.why, diff: null };
  const { path } = file.change;
  const state = written.includes(path) ? 'written' : 'planned';
  return { path, state, detail: null, diff: unifiedDiff([file.change]) };
}
