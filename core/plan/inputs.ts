import type { InputDefinition } from '../settings/input.ts';

/** Inputs that say what calls for a rebuild beside bases. */
export const rebuildInputs = [
  {
    name: 'rebuild-when',
    kind: 'list',
    commas: true,
    placeholder: 'REASON',
    from: 'repository',
    help: 'What calls for a rebuild beside bases: fixable, where a trial build on the same base fixes findings that the gate counts; build-file, where what is built is described otherwise than when it was; policy, where the gate is another one.',
    commands: ['plan', 'refresh'],
    config: 'rebuild-when',
  },
  {
    name: 'max-age',
    kind: 'string',
    placeholder: 'TIME',
    from: 'repository',
    help: 'Rebuild what was built longer ago than this, such as 30d, whatever its bases are.',
    commands: ['plan', 'refresh'],
    config: 'max-age',
  },
] as const satisfies readonly InputDefinition[];
