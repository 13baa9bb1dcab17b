/** Every command that a run can be asked for. */
export const commands = [
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
}

const folder: Operand = { input: 'path', usage: '[PATH]', count: 'at-most-one' };

/** The commands that this version offers. */
export const commandDefinitions: readonly CommandDefinition[] = [
  { name: 'detect', help: 'Lists the base images of every Dockerfile below PATH.', operand: folder },
  {
    name: 'check',
    help: 'Compares what each published image was built on with what its base images are now.',
    operand: { input: 'path', usage: '[PATH|IMAGE...]', count: 'folder-or-images' },
  },
  { name: 'plan', help: 'Checks, then shows what would be rebuilt and in which order.', operand: folder },
  {
    name: 'refresh',
    help: 'Rebuilds stale images on pinned bases, scans and gates them, promotes what passes, and deploys it where deploy is configured.',
    operand: folder,
  },
  {
    name: 'scan',
    help: 'Scans images that are already in a registry and applies the gate to them.',
    operand: { input: 'image', usage: 'IMAGE...', count: 'at-least-one' },
  },
  {
    name: 'update',
    help: 'Rewrites base image references below PATH to newer tags and digest pins; without --write it shows the diff.',
    operand: folder,
  },
  {
    name: 'rebase',
    help: 'Moves one published image onto the current version of its base without a build, then scans, gates and promotes it.',
    operand: { input: 'image', usage: 'IMAGE', count: 'one' },
  },
  {
    name: 'rollback',
    help: 'Points the release tags of an image back to what they named before its last promotion.',
    operand: { input: 'image', usage: 'IMAGE', count: 'one' },
  },
  {
    name: 'deploy',
    help: 'Deploys images that earlier runs promoted to Kubernetes, by digest, and watches the rollouts.',
    operand: { input: 'path', usage: '[FILE...]', count: 'any' },
  },
  {
    name: 'inventory',
    help: 'Lists the images that run in a cluster: their owners, and whether tag, base and gate are as they should be; nothing is changed.',
    operand: null,
  },
  {
    name: 'report',
    help: 'Merges saved reports, of the legs of a run too, saves and prints the result, and ends as the worst of them.',
    operand: { input: 'path', usage: 'RUN...', count: 'at-least-one' },
  },
  {
    name: 'policy-test',
    help: 'Applies the current policy to the findings of saved reports, without scanning again.',
    operand: { input: 'path', usage: 'FILE...', count: 'at-least-one' },
  },
  {
    name: 'prune',
    help: 'Removes what killed runs left behind: temporary folders, and candidate tags where the images below PATH are published.',
    operand: folder,
  },
  {
    name: 'doctor',
    help: 'Checks the environment, credentials, workflow files and configuration, and says what to fix.',
    operand: folder,
  },
  { name: 'demo', help: 'Runs the whole pipeline on an embedded registry with two example images.', operand: null },
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
