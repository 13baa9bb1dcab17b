import type { InputDefinition } from './definition.ts';

/** Inputs that say how it is told whether an image is stale. */
export const staleInputs: readonly InputDefinition[] = [
  {
    name: 'settle',
    kind: 'duration',
    placeholder: 'TIME',
    help: 'How long a base that has moved is left alone, such as 2h, for registries fill an index platform by platform.',
    commands: ['check', 'plan', 'refresh'],
    config: 'settle',
  },
  {
    name: 'stale-when',
    kind: { choice: ['digest', 'packages'] },
    default: 'digest',
    help: 'What of a base has to change: its digest, or its packages and configuration, so that the same made again is no reason to rebuild.',
    commands: ['check', 'plan', 'refresh'],
    config: 'stale-when',
  },
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
