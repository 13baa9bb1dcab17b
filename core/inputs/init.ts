import type { InputDefinition } from '../settings/input.ts';

/** The input that says for which CI host `init` writes. */
export const initInputs = [
  {
    name: 'host',
    isFirst: true,
    kind: { choice: ['github', 'azure', 'none'] },
    from: 'run',
    help: 'CI host to write a workflow or pipeline for; by default the one that the repository shows.',
    commands: ['init'],
    hosts: ['cli'],
  },
] as const satisfies readonly InputDefinition[];
