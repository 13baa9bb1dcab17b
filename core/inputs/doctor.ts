import type { InputDefinition } from '../settings/input.ts';

const commands = ['doctor'] as const;

/** Inputs that say how far the doctor goes. */
export const doctorInputs = [
  {
    name: 'offline',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Ask no registry.',
    commands,
  },
  {
    name: 'test-push',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Begin an upload to the repository of each image and cancel it: the only certain proof that pushes are allowed.',
    commands,
  },
] as const satisfies readonly InputDefinition[];
