import type { CommandName } from './commands.ts';

/**
 * How the text of an input is read. `list` is one value a line (or a repeated option), `pairs` is a list of KEY=VALUE
 * and a mapping in the configuration file, `duration` is a number with its unit: 90s, 30m, 2h.
 */
export type InputKind =
  | 'string'
  | 'boolean'
  | 'number'
  | 'duration'
  | 'list'
  | 'pairs'
  | 'secret'
  | 'path'
  | { readonly choice: readonly string[] };

/**
 * Who may say something: the run alone, by its inputs and by files of its own, or files of the repository too, which
 * anybody who can open a pull request may change.
 */
export type From = 'run' | 'repository';

/** What a text of the repository names. */
export type Named =
  | { readonly kind: 'nothing' }
  /** A file, which has to be the repository's own. */
  | { readonly kind: 'file'; readonly path: string }
  /** Something of the machine or the job that the run is on, by the word with which the run allows it alone. */
  | { readonly kind: 'runner'; readonly what?: string };

export type HostKind = 'cli' | 'github' | 'azure';

/** One input of the product, from which every host's form of it is derived. */
export interface InputDefinition {
  /** Kebab-case: the name on GitHub and, with `--`, on the command line; camelCase of it on Azure. */
  readonly name: string;
  readonly kind: InputKind;
  readonly default?: string;
  /** Who may say it; what is from the run can be allowed to the repository item by item (`allow`). */
  readonly from: From;
  /** What a text names, where that depends on the text. */
  readonly names?: (text: string) => Named;
  /** Expression that GitHub's runner evaluates where the input is not given. */
  readonly githubExpression?: string;
  /** One sentence, without markup. */
  readonly help: string;
  /** Shown in usage lines after an option: `--file FILE`. */
  readonly placeholder?: string;
  /** Commands that read it; absent means all of them. */
  readonly commands?: readonly CommandName[];
  /** Dotted path in .base-image-refresh.yml that sets the same; absent where the file cannot set it. */
  readonly config?: string;
  /** Hosts that offer it; absent means all three. */
  readonly hosts?: readonly HostKind[];
  /** Bounds of a number, both included. */
  readonly range?: { readonly minimum: number; readonly maximum: number };
  /** Kind of service connection that Azure's editor offers to pick from; the agent gives the task what it holds. */
  readonly connection?: 'AzureRM' | 'dockerregistry' | 'kubernetes';
  /** Commas separate values of a list too: no value can contain one. */
  readonly commas?: true;
  /** Whether people need it first: `-h` shows these, at most ten for a command. */
  readonly isFirst?: true;
  /** Other spellings of a choice. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** One output that later steps of a pipeline can read. */
export interface OutputDefinition {
  /** Kebab-case on GitHub, camelCase on Azure. */
  readonly name: string;
  readonly help: string;
}

/** Those of the inputs that a host offers, for one command or for all. */
export function inputsFor(
  inputs: readonly InputDefinition[],
  host: HostKind,
  command?: CommandName,
): readonly InputDefinition[] {
  return inputs.filter(
    (input) =>
      (input.hosts === undefined || input.hosts.includes(host)) &&
      (command === undefined || input.commands === undefined || input.commands.includes(command)),
  );
}

/** The camelCase form of a catalogue name, which Azure's task.json demands. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** How a host's users write an input: `--fail-on`, `fail-on`, `failOn`. */
export function inputLabel(host: HostKind, name: string): string {
  if (host === 'cli') return `--${name}`;
  return host === 'azure' ? camelCase(name) : name;
}
