/** How the text of an input is read. `list` is one value a line (or a repeated option). */
export type InputKind =
  | 'string'
  | 'boolean'
  | 'number'
  | 'list'
  | 'secret'
  | 'path'
  | { readonly choice: readonly string[] };

export const commands = [
  'detect',
  'check',
  'plan',
  'refresh',
  'scan',
  'update',
  'rebase',
  'deploy',
  'report',
  'doctor',
  'demo',
] as const;
export type CommandName = (typeof commands)[number];

/** One input of the product, from which every host's form of it is derived. */
export interface InputDefinition {
  /** Kebab-case: the name on GitHub and, with `--`, on the command line; camelCase of it on Azure. */
  readonly name: string;
  readonly kind: InputKind;
  readonly default?: string;
  /** One sentence, without markup. */
  readonly help: string;
  /** Shown in usage lines after an option: `--file FILE`. */
  readonly placeholder?: string;
  /** Commands that read it; absent means all of them. */
  readonly commands?: readonly CommandName[];
  /** Dotted path in .base-image-refresh.yml that sets the same; absent where the file cannot set it. */
  readonly config?: string;
  /** Hosts that offer it; absent means all three. */
  readonly hosts?: readonly ('cli' | 'github' | 'azure')[];
}
