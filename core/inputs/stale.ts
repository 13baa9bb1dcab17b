import type { InputDefinition } from './definition.ts';

/** Inputs that say how it is told whether an image is stale. */
export const staleInputs: readonly InputDefinition[] = [
  {
    name: 'lock-file',
    kind: 'string',
    placeholder: 'true|FILE',
    default: 'false',
    help: 'Whether a refresh enters what it promotes in base-images.lock.json, or in the file named here; a lock file that stands in the folder is read anyway.',
    commands: ['check', 'plan', 'refresh'],
    config: 'lock-file',
  },
];
