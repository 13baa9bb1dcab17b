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

// What does not count is a warning; where policy is read as it should be is not a warning.
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

// Each is loaded by itself: the search for bases needs no scanner, and a check no cluster.
async function dispatch(config: Config, host: Host, world: World): Promise<Conclusion> {
  switch (config.command) {
    case 'init':
      return (await import('./commands/init.ts')).initCommand(config, host, world);
    case 'detect':
      return (await import('./commands/detect.ts')).detectCommand(config, host, world);
    case 'check':
      return (await import('./commands/check.ts')).checkCommand(config, host, world);
    case 'plan':
      return (await import('./commands/plan.ts')).planCommand(config, host, world);
    case 'refresh':
      return (await import('./commands/refresh.ts')).refreshCommand(config, host, world);
    case 'scan':
      return (await import('./commands/scan.ts')).scanCommand(config, host, world);
    case 'update':
      return (await import('./commands/update.ts')).updateCommand(config, host, world);
    case 'report':
      return (await import('./commands/report.ts')).reportCommand(config, host, world);
    case 'policy-test':
      return (await import('./commands/policy-test.ts')).policyTestCommand(config, host, world);
    case 'rebase':
      return (await import('./commands/rebase.ts')).rebaseCommand(config, host, world);
    case 'rollback':
      return (await import('./commands/rollback.ts')).rollbackCommand(config, host, world);
    case 'prune':
      return (await import('./commands/prune.ts')).pruneCommand(config, host, world);
    case 'doctor':
      return (await import('./commands/doctor.ts')).doctorCommand(config, host, world);
    case 'deploy':
      return (await import('./commands/deploy.ts')).deployCommand(config, host, world);
    case 'inventory':
      return (await import('./commands/inventory.ts')).inventoryCommand(config, host, world);
    case 'admission':
      return (await import('./commands/admission.ts')).admissionCommand(config, host, world);
    case 'demo':
      throw fail('usage', config.command, 'is not a command of this host', 'use the command line');
  }
}
