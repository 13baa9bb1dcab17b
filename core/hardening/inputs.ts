import type { InputDefinition } from '../settings/input.ts';

/** The input that asks for facts of the image itself. */
export const hardeningInputs = [
  {
    name: 'hardening',
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Report what makes an image easy to misuse: root, shells, package managers, setuid files, credentials.',
    commands: ['refresh', 'scan', 'rebase'],
    config: 'hardening',
  },
] as const satisfies readonly InputDefinition[];
