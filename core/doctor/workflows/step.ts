import type { World } from '../../ports.ts';
import { defaultScanner } from '../../scan/settings.ts';
import type { YamlNode } from '../../settings/yaml.ts';
import { childOf, scalarOf } from '../../settings/yaml-node.ts';
import { given } from '../../table.ts';
import { gitIn } from '../../tools/git.ts';
import type { FileLine } from '../check.ts';
import type { Examination } from '../examination.ts';

/** A value that a step gives to an input. */
export interface Given {
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

/** A step that runs this program, with what stands around it. */
export interface RunStep {
  readonly place: FileLine;
  /** Where it stands: in a job, in a composite action, or as the call of a reusable workflow, which is a job itself. */
  readonly within: 'job' | 'composite' | 'call';
  readonly how:
    | { readonly kind: 'action'; readonly reference: string }
    | { readonly kind: 'task' }
    | { readonly kind: 'script'; readonly text: string };
  readonly given: readonly Given[];
  readonly env: readonly Given[];
  /** The name by which others read its outputs. */
  readonly id?: string;
  readonly node: YamlNode;
  /** The steps of the job before it, and after it. */
  readonly before: readonly YamlNode[];
  readonly after: readonly YamlNode[];
  readonly job: YamlNode;
  readonly root: YamlNode;
  /** What the job's name is, where it has one. */
  readonly jobName?: string;
}

/** What the rest of the repository and its configuration mean for a step. */
export interface StepSurroundings {
  readonly publishesToGhcr: boolean;
  /** Whether it is known of every image where it is published. */
  readonly knowsPlaces: boolean;
  readonly hasPins: boolean;
  readonly signsKeyless: boolean;
  /** Whether the configuration says that no scanner is to be installed. */
  readonly refusesScanner: boolean;
  readonly usesTrivy: boolean;
  /** Registries that images are published in. */
  readonly registries: readonly string[];
  /** The program that signs, by the configuration. */
  readonly signer?: string;
  /** When the repository was last committed to, and what time it is. */
  readonly lastCommit?: Date;
  readonly now: Date;
  /** The engine of the configuration. */
  readonly engine: string;
}

/** The value that a step gives to an input, by its name on GitHub. */
export function givenTo({ given }: RunStep, name: string): string | undefined {
  const bare = (text: string) => text.replaceAll('-', '').toLowerCase();
  return given.find((one) => bare(one.name) === bare(name))?.text.trim();
}

/** The command of a step; undefined where only a run knows it. */
export function commandOf(step: RunStep): string | undefined {
  const { how } = step;
  if (step.within === 'call') return 'refresh';
  if (how.kind === 'script') return /\bbase-image-refresh(?:@\S+)?\s+([a-z]+(?:-[a-z]+)?)/.exec(how.text)?.[1];
  const command = givenTo(step, 'command') ?? 'check';
  return /[$]/.test(command) ? undefined : command;
}

/** Whether a step changes what other runs change too: tags, workloads or pull requests. */
export function writes(step: RunStep): boolean {
  return pushes(step) || proposes(step) || carriesOut(step, ['deploy']);
}

/** Whether a step writes to the registry that images are published in. */
export function pushes(step: RunStep): boolean {
  return carriesOut(step, ['refresh', 'rebase', 'rollback']);
}

/** Whether a step signs what it pushes, where signing is configured. */
export function signs(step: RunStep): boolean {
  return carriesOut(step, ['refresh', 'rebase']) && givenTo(step, 'candidate-only') !== 'true';
}

/** Whether a step opens pull requests. */
export function proposes(step: RunStep): boolean {
  return carriesOut(step, ['update']) && givenTo(step, 'pull-request') === 'true';
}

function carriesOut(step: RunStep, commands: readonly string[]): boolean {
  return commands.includes(commandOf(step) ?? '') && givenTo(step, 'dry-run') !== 'true';
}

/** Whether a text holds an expression of its host, so that only a run knows what it says. */
export function isExpression(text: string): boolean {
  return /\$\{\{|\$\(|\$\[/.test(text);
}

/** What the repository and its configuration mean for the steps of its workflows. */
export async function surroundingsOf({ config, discovery, world }: Examination): Promise<StepSurroundings> {
  const { builds } = await discovery();
  const { sign, scanner } = config;
  return {
    publishesToGhcr: builds.some(({ build }) => build.releases.some(({ registry }) => registry === 'ghcr.io')),
    knowsPlaces: builds.every(({ build }) => build.releases.length > 0),
    hasPins: builds.some(
      ({ dockerfile }) =>
        dockerfile.kind === 'read' && dockerfile.bases.some(({ reference }) => reference.digest !== undefined),
    ),
    signsKeyless: sign?.tool === 'cosign' && sign.key === undefined,
    refusesScanner: scanner.install === false,
    usesTrivy: (scanner.tool ?? defaultScanner) === 'trivy',
    engine: config.engine,
    registries: [...new Set(builds.flatMap(({ build }) => build.releases.map(({ registry }) => registry)))],
    ...(sign === undefined ? {} : { signer: sign.tool }),
    ...given('lastCommit', await lastCommit(world, config.root)),
    now: world.now(),
  };
}

async function lastCommit(world: World, root: string): Promise<Date | undefined> {
  const seconds = Number(await gitIn(world, root).answer(['log', '-1', '--format=%ct']));
  return Number.isSafeInteger(seconds) && seconds > 0 ? new Date(seconds * 1000) : undefined;
}

/** What runs in a step, in one text. */
export function commandWords(node: YamlNode): string {
  return ['uses', 'run', 'task', 'script', 'bash'].map((key) => scalarOf(childOf(node, key)) ?? '').join(' ');
}

/** A step as the subject of a finding. */
export function stepSubject({ path, line }: FileLine): string {
  return `${path}:${line}`;
}
