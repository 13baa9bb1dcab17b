import { type ReportFormat, reportFormatNames, reportFormats } from '../report/formats.ts';
import { commandDefinitions } from '../settings/commands.ts';
import type { InputDefinition, OutputDefinition } from '../settings/input.ts';
import { listed } from '../text/words.ts';

// Every command prints a table or JSON.
const onlyOfReport = listed(reportFormatNames.filter((name) => name !== 'json'));

/** Inputs that say what a run does and where; the command line has them as operands. */
export const commandInputs = [
  {
    name: 'command',
    kind: { choice: commandDefinitions.map(({ name }) => name).filter((name) => name !== 'demo') },
    default: 'check',
    from: 'run',
    help: 'Command to run.',
    hosts: ['github', 'azure'],
  },
  {
    name: 'path',
    kind: 'list',
    default: '.',
    from: 'run',
    help: 'Folder of the repository; for report, policy-test and deploy, the saved reports.',
    hosts: ['github', 'azure'],
  },
] as const satisfies readonly InputDefinition[];

/** The input that names the configuration file. */
export const configInputs = [
  {
    name: 'config',
    isFirst: true,
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'Configuration file; by default .base-image-refresh.yml, or .yaml, in the folder, if there is one.',
  },
] as const satisfies readonly InputDefinition[];

/** Inputs that say how far a run goes. */
export const extentInputs = [
  {
    name: 'allow',
    kind: 'list',
    commas: true,
    placeholder: 'ITEM[=VALUE]',
    from: 'run',
    help: 'Lets files of the repository name something of the runner, such as scanner-command or build-secret=TOKEN; a refusal says which item to write.',
  },
  {
    name: 'allow-pull-request',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Write to registries, clusters and branches even in a run of a pull request.',
    commands: ['init', 'refresh', 'update', 'rebase', 'rollback', 'deploy', 'prune', 'doctor'],
  },
  {
    name: 'dry-run',
    isFirst: true,
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Stop after planning: nothing is built and nothing is written to a registry or a cluster. With prune, only list what it would remove.',
  },
  {
    name: 'force',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Also rebuild images whose bases are current, and repeat builds that were already promoted or keep failing. With rollback, also restore tags that have moved since. With rollback and deploy, also take an image that no record of a promotion bears out, where it is named by digest.',
    commands: ['plan', 'refresh', 'rollback', 'deploy'],
  },
] as const satisfies readonly InputDefinition[];

/** Inputs of a run that is shared out among machines. */
export const fleetInputs = [
  {
    name: 'fleet',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'File that says which repositories are checked and planned together; of a leg, with what they are cloned.',
    commands: ['check', 'plan', 'refresh'],
  },
  {
    name: 'shards',
    kind: 'string',
    placeholder: 'N|auto',
    default: 'auto',
    from: 'run',
    help: 'Most legs of a level into which run.json divides the work; auto goes by how long images take.',
    commands: ['plan'],
  },
  {
    name: 'native-legs',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'A leg for each platform of what is built for several; the leg that makes the last of them joins them and goes on. Without it one machine builds all of them.',
    commands: ['plan'],
  },
  {
    name: 'run',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'The run.json of a plan, of which this machine does one leg.',
    commands: ['refresh'],
  },
  {
    name: 'run-digest',
    kind: 'string',
    placeholder: 'DIGEST',
    from: 'run',
    help: 'SHA-256 digest that run.json must have: the output run-digest of plan.',
    commands: ['refresh', 'report'],
  },
  {
    name: 'shard',
    kind: 'string',
    placeholder: 'K/N',
    from: 'run',
    help: 'The leg of run.json that this machine does, such as 3/12.',
    commands: ['refresh'],
  },
  {
    name: 'parent-wait',
    kind: 'duration',
    placeholder: 'TIME',
    from: 'run',
    help: 'How long a leg waits for images of other legs that its own are built on; not at all where levels are jobs that follow one another.',
    commands: ['refresh'],
  },
  {
    name: 'changed-base',
    kind: 'list',
    placeholder: 'REFERENCE',
    from: 'run',
    help: 'Only images that are built on this base, or on an image of the repository that is; for triggers of a registry.',
    commands: ['check', 'plan', 'refresh'],
  },
] as const satisfies readonly InputDefinition[];

/** Inputs that say how a run goes and what it leaves behind. */
export const runInputs = [
  {
    name: 'matrix',
    kind: { choice: ['github', 'azure'] },
    from: 'run',
    help: 'Print the first level of the run as a job matrix for this CI host; on GitHub and Azure the outputs always hold it.',
    commands: ['plan'],
    hosts: ['cli'],
  },
  {
    name: 'format',
    isFirst: true,
    kind: { choice: ['table', ...reportFormatNames] },
    aliases: { markdown: 'md' },
    default: 'table',
    from: 'run',
    help: `Format of the result; ${onlyOfReport} are for the command report.`,
  },
  {
    name: 'output-dir',
    kind: 'path',
    default: '.base-image-refresh',
    placeholder: 'DIR',
    from: 'run',
    help: 'Folder for the report files.',
  },
  {
    name: 'history',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'File that keeps the trend from run to run; by default history.json in the folder for the report files.',
    commands: ['check', 'refresh', 'report'],
  },
  {
    name: 'concurrency',
    kind: 'number',
    default: '4',
    range: { minimum: 1, maximum: 64 },
    placeholder: 'N',
    from: 'repository',
    help: 'Most images built or scanned at the same time.',
    config: 'concurrency',
  },
  {
    name: 'verbose',
    isFirst: true,
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Log every step.',
  },
  {
    name: 'quiet',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    hosts: ['cli'],
    help: 'Log problems alone; the result is printed all the same.',
  },
  {
    name: 'log-format',
    kind: { choice: ['text', 'json'] },
    default: 'text',
    placeholder: 'FORMAT',
    from: 'run',
    hosts: ['cli'],
    help: 'Format of the log on standard error; json is one object a line: time, level, image, stage and message.',
  },
] as const satisfies readonly InputDefinition[];

/** Outputs that later steps of a pipeline can read. */
export const outputs: readonly OutputDefinition[] = [
  {
    name: 'stale',
    help: 'Whether any image is stale: true, false, or unknown where none is known to be and some could not be checked. Of a report: after the run.',
  },
  { name: 'stale-count', help: 'Number of stale images.' },
  { name: 'counts', help: 'Number of images by outcome, as a JSON object of those that are not zero.' },
  {
    name: 'conclusion',
    help: 'How the merged run ended, of report: succeeded, policy-failed, usage-error or incomplete.',
  },
  { name: 'missing-legs', help: 'Legs of the run that left nothing, of report, as a JSON array.' },
  { name: 'has-work', help: 'Whether any image is to be rebuilt: the condition of the jobs of the matrix.' },
  {
    name: 'matrix',
    help: 'Job matrix of the first level of the run, in the format of the CI host; each job has shard and name.',
  },
  ...[2, 3, 4].map((level) => ({
    name: `matrix-${level}`,
    help: `The same of level ${level}, whose images are built on those of the levels before it.`,
  })),
  { name: 'levels', help: 'Number of levels of the run.' },
  { name: 'run', help: 'Path of run.json.' },
  { name: 'run-digest', help: 'SHA-256 digest of run.json, for the input of the same name.' },
  { name: 'refreshed', help: 'References of the promoted images, as a JSON array.' },
  { name: 'images', help: 'Verdict of every image, as a JSON array.' },
  {
    name: 'gate',
    help: 'Verdict of the gate over all images: pass, fail, inconclusive, or empty if nothing was gated.',
  },
  {
    name: 'deployment',
    help: 'How the deployment of all images ended: deployed, pending, planned, nowhere, held or failed; empty if nothing was to be deployed.',
  },
  ...Object.values<ReportFormat>(reportFormats).flatMap(({ output = [] }) => output),
];
