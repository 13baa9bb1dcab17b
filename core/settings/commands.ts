/** Every command that a run can be asked for. */
export const commands = [
  'init',
  'detect',
  'check',
  'plan',
  'refresh',
  'scan',
  'update',
  'rebase',
  'rollback',
  'deploy',
  'inventory',
  'admission',
  'report',
  'prune',
  'doctor',
  'policy-test',
  'demo',
] as const;
export type CommandName = (typeof commands)[number];

/** What stands after a command on the command line, and which input carries the same on the other hosts. */
export interface Operand {
  readonly input: 'path' | 'image';
  readonly usage: string;
  readonly count: 'one' | 'at-most-one' | 'at-least-one' | 'any' | 'folder-or-images';
}

export interface CommandDefinition {
  readonly name: CommandName;
  /** One sentence, without markup. */
  readonly help: string;
  readonly operand: Operand | null;
  /** Three command lines, without the program's name. */
  readonly examples: readonly [string, string, string];
}

const folder: Operand = { input: 'path', usage: '[PATH]', count: 'at-most-one' };

/** The commands that this version offers. */
export const commandDefinitions: readonly CommandDefinition[] = [
  {
    name: 'init',
    help: 'Writes the first configuration and the workflow or pipeline of a repository; without --write it shows the diff.',
    operand: folder,
    examples: ['init', 'init --write', 'init --image ghcr.io/acme/web:1 --host github'],
  },
  {
    name: 'detect',
    help: 'Lists the base images of every Dockerfile below PATH.',
    operand: folder,
    examples: ['detect', 'detect services --format json', "detect --include 'services/**'"],
  },
  {
    name: 'check',
    help: 'Compares what each published image was built on with what its base images are now.',
    operand: { input: 'path', usage: '[PATH|IMAGE...]', count: 'folder-or-images' },
    examples: ['check', 'check --image ghcr.io/acme/web:1', 'check --explain web'],
  },
  {
    name: 'plan',
    help: 'Checks, then shows what would be rebuilt and in which order.',
    operand: folder,
    examples: ['plan', 'plan --image ghcr.io/acme/web:1', 'plan --matrix github'],
  },
  {
    name: 'refresh',
    help: 'Rebuilds stale images on pinned bases, scans and gates them, promotes what passes, and deploys it where deploy is configured.',
    operand: folder,
    examples: [
      'refresh --dry-run',
      'refresh --image ghcr.io/acme/web:1 --only-fixable',
      'refresh --severity-threshold critical',
    ],
  },
  {
    name: 'scan',
    help: 'Scans images that are already in a registry and applies the gate to them.',
    operand: { input: 'image', usage: 'IMAGE...', count: 'at-least-one' },
    examples: [
      'scan ghcr.io/acme/web:1',
      'scan debian:12 --severity-threshold critical',
      'scan ghcr.io/acme/web:1 --format json',
    ],
  },
  {
    name: 'update',
    help: 'Rewrites base image references below PATH to newer tags and digest pins; without --write it shows the diff.',
    operand: folder,
    examples: ['update', 'update --write', 'update --pull-request'],
  },
  {
    name: 'rebase',
    help: 'Moves one published image onto the current version of its base without a build, then scans, gates and promotes it.',
    operand: { input: 'image', usage: 'IMAGE', count: 'one' },
    examples: [
      'rebase ghcr.io/acme/web:1 --dry-run',
      'rebase ghcr.io/acme/web:1',
      'rebase ghcr.io/acme/web:1 --base debian:12',
    ],
  },
  {
    name: 'rollback',
    help: 'Points the release tags of an image back to what they named before its last promotion.',
    operand: { input: 'image', usage: 'IMAGE', count: 'one' },
    examples: [
      'rollback ghcr.io/acme/web:1 --dry-run',
      'rollback ghcr.io/acme/web:1',
      'rollback ghcr.io/acme/web:1 --force',
    ],
  },
  {
    name: 'deploy',
    help: 'Deploys images that earlier runs promoted to Kubernetes, by digest, and watches the rollouts.',
    operand: { input: 'path', usage: '[FILE...]', count: 'any' },
    examples: ['deploy --dry-run', 'deploy', 'deploy .base-image-refresh/report.json'],
  },
  {
    name: 'inventory',
    help: 'Lists the images that run in a cluster: their owners, and whether tag, base and gate are as they should be; nothing is changed.',
    operand: null,
    examples: ['inventory', 'inventory --config clusters.yml', 'inventory --format json'],
  },
  {
    name: 'admission',
    help: 'Prints policies that let a cluster admit the images of PATH only as they are signed and attested here; nothing is applied.',
    operand: folder,
    examples: ['admission', 'admission --admission-controller policy-controller', 'admission --format json'],
  },
  {
    name: 'report',
    help: 'Merges saved reports, of the legs of a run too, saves and prints the result, and ends as the worst of them.',
    operand: { input: 'path', usage: 'RUN...', count: 'at-least-one' },
    examples: [
      'report .base-image-refresh/report.json',
      'report a.json b.json --format html',
      'report report.json --format md',
    ],
  },
  {
    name: 'policy-test',
    help: 'Applies the current policy to the findings of saved reports, without scanning again.',
    operand: { input: 'path', usage: 'FILE...', count: 'at-least-one' },
    examples: [
      'policy-test report.json',
      'policy-test report.json --severity-threshold critical',
      'policy-test report.json --explain CVE-2026-34743',
    ],
  },
  {
    name: 'prune',
    help: 'Removes what killed runs left behind: temporary folders, and candidate tags where the images below PATH are published.',
    operand: folder,
    examples: ['prune --dry-run', 'prune', 'prune services --format json'],
  },
  {
    name: 'doctor',
    help: 'Checks the environment, credentials, workflow files and configuration, and says what to fix.',
    operand: folder,
    examples: ['doctor', 'doctor --image ghcr.io/acme/web:1', 'doctor --format json'],
  },
  {
    name: 'demo',
    help: 'Runs the whole pipeline on an embedded registry with two example images.',
    operand: null,
    examples: ['demo', 'demo --dry-run', 'demo --format json'],
  },
];

/** Whether a command is about images that a registry has, and not about a folder. */
export function takesImages(name: string): boolean {
  return commandDefinition(name)?.operand?.input === 'image';
}

/** Whether a command is about saved reports, and not about a folder. */
export function readsReports(name: string): boolean {
  const operand = commandDefinition(name)?.operand;
  return operand?.input === 'path' && operand.count !== 'at-most-one' && operand.count !== 'folder-or-images';
}

/** The definition of a command, undefined where this version does not offer it. */
export function commandDefinition(name: string): CommandDefinition | undefined {
  return commandDefinitions.find((command) => command.name === name);
}
