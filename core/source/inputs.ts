import type { InputDefinition } from '../settings/input.ts';
import { sourceRules } from './settings.ts';

/** The input that says which source full builds take. */
export const sourceInputs = [
  {
    name: 'source',
    kind: { choice: sourceRules },
    default: 'released',
    from: 'repository',
    help: 'Source of full builds: the commit that the published image was built from, or what is checked out.',
    commands: ['check', 'plan', 'refresh', 'doctor'],
    config: 'source',
  },
] as const satisfies readonly InputDefinition[];
