import type { InputDefinition } from '../settings/input.ts';
import { aspects } from './settings.ts';

/** The input that says in what a rebuilt image may differ from the one that it replaces. */
export const continuityInputs = [
  {
    name: 'continuity-accept',
    kind: 'list',
    commas: true,
    placeholder: 'ASPECT',
    from: 'run',
    help: `In what a rebuilt image may differ from the published one that it replaces: ${aspects.join(', ')}.`,
    commands: ['refresh', 'rebase'],
    config: 'continuity.accept',
  },
] as const satisfies readonly InputDefinition[];
