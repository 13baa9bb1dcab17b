import { admissionCommand } from './commands/admission.ts';
import { checkCommand } from './commands/check.ts';
import { deployCommand } from './commands/deploy.ts';
import { detectCommand } from './commands/detect.ts';
import { doctorCommand } from './commands/doctor.ts';
import { initCommand } from './commands/init.ts';
import { inventoryCommand } from './commands/inventory.ts';
import { planCommand } from './commands/plan.ts';
import { policyTestCommand } from './commands/policy-test.ts';
import { pruneCommand } from './commands/prune.ts';
import { rebaseCommand } from './commands/rebase.ts';
import { refreshCommand } from './commands/refresh.ts';
import { reportCommand } from './commands/report.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { scanCommand } from './commands/scan.ts';
import { updateCommand } from './commands/update.ts';
import type { Config } from './config/model.ts';
import { groundWords } from './config/read-event.ts';
import { loadConfig } from './config.ts';
import { describeFailure, everyFailureOf, fail, failureOf, isUsageFailure } from './failure.ts';
import { inputNames } from './inputs.ts';
import type { Conclusion, Host, World } from './ports.ts';
import { sweepFolders } from './prune/folders.ts';
import { type EndingSentences, remembering } from './report/ending.ts';
import { spellingOptions } from './settings/host-spelling.ts';
import { inputLabel } from './settings/input.ts';
import { refuseLinkedOutput, withOutputFolder } from './tools/output-folder.ts';
import { withDeadline } from './world/deadline.ts';

/** Runs the command that the host was asked for, tells the host how it ended, and never throws. */
export async function run(given: Host, world: World): Promise<Conclusion> {
  const { host, words } = remembering(spellingOptions(given, inputNames));
  try {
    const config = await loadConfig(host, world);
    if (!reportsLeftovers(config)) await sweepFirst(host, world);
    tellAuthority(config, host);
    await refuseLinkedOutput(world, config.outputDirectory);
    const aroundOutput = withOutputFolder(world, config.outputDirectory);
    const bounded = withDeadline(aroundOutput, config.registry.deadline, inputLabel(host.kind, 'deadline'));
    const conclusion = await dispatch(config, host, bounded);
    const isDoctor = config.command === 'doctor';
    host.conclude(conclusion, isDoctor ? doctorConclusions[conclusion] : words(conclusion, conclusions));
    return conclusion;
  } catch (thrown) {
    const failures = everyFailureOf(thrown, 'base-image-refresh');
    const failure = failureOf(thrown, 'base-image-refresh');
    if (failure.code === 'internal' && thrown instanceof Error) host.log('debug', thrown.stack ?? thrown.message);
    for (const each of failures) host.log('error', describeFailure(each));
    const conclusion = isUsageFailure(failure) ? 'usage-error' : 'incomplete';
    const last = failures.length === 1 ? describeFailure(failure) : `${failures.length} problems; nothing was done.`;
    host.conclude(conclusion, last);
    return conclusion;
  }
}

// They say what there is before anything of it goes.
function reportsLeftovers({ command }: Config): boolean {
  return command === 'prune' || command === 'doctor';
}

// Before the run itself: what a killed one left may hold credentials.
async function sweepFirst(host: Host, world: World): Promise<void> {
  const { removed, failed } = await sweepFolders(world.files);
  for (const { path } of removed) host.log('debug', `${path}: removed, its run has ended without doing so`);
  for (const failure of failed) host.log('warning', describeFailure(failure));
}

// What does not count is a warning; where policy is read as it should be is none.
function tellAuthority({ notices = [], policyGround }: Config, host: Host): void {
  for (const notice of notices) host.log('warning', notice);
  if (policyGround?.kind === 'base-branch') host.log('info', groundWords(policyGround));
}

const conclusions: EndingSentences = {
  succeeded: 'Nothing is against policy.',
  'policy-failed': 'Refused by policy.',
  'usage-error': 'The arguments or the configuration are wrong.',
  incomplete: 'Something could not be completed.',
};

// What doctor could not do is nothing that it was to do.
const doctorConclusions: EndingSentences = {
  ...conclusions,
  succeeded: 'Nothing is broken.',
  'usage-error': 'The configuration needs fixing.',
  incomplete: 'Something needs fixing.',
};

function dispatch(config: Config, host: Host, world: World): Promise<Conclusion> {
  switch (config.command) {
    case 'init':
      return initCommand(config, host, world);
    case 'detect':
      return detectCommand(config, host, world);
    case 'check':
      return checkCommand(config, host, world);
    case 'plan':
      return planCommand(config, host, world);
    case 'refresh':
      return refreshCommand(config, host, world);
    case 'scan':
      return scanCommand(config, host, world);
    case 'update':
      return updateCommand(config, host, world);
    case 'report':
      return reportCommand(config, host, world);
    case 'policy-test':
      return policyTestCommand(config, host, world);
    case 'rebase':
      return rebaseCommand(config, host, world);
    case 'rollback':
      return rollbackCommand(config, host, world);
    case 'prune':
      return pruneCommand(config, host, world);
    case 'doctor':
      return doctorCommand(config, host, world);
    case 'deploy':
      return deployCommand(config, host, world);
    case 'inventory':
      return inventoryCommand(config, host, world);
    case 'admission':
      return admissionCommand(config, host, world);
    case 'demo':
      throw fail('usage', config.command, 'is not a command of this host', 'use the command line');
  }
}
