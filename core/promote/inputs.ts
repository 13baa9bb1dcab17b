import type { InputDefinition } from '../settings/input.ts';

const promoting = ['refresh', 'rebase'] as const;

/** Inputs that say what promotion leaves behind. */
export const promotionInputs = [
  {
    name: 'rollback-tag',
    kind: 'string',
    placeholder: 'PATTERN',
    from: 'repository',
    help: 'Tag that keeps the image a release tag named before, such as {tag}-previous.',
    commands: [...promoting, 'rollback'],
    config: 'rollback-tag',
  },
  {
    name: 'keep-candidates',
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Leave candidate tags in the registry after the run.',
    commands: promoting,
    config: 'keep-candidates',
  },
  {
    name: 'candidate-max-age',
    kind: 'duration',
    default: '24h',
    placeholder: 'TIME',
    from: 'run',
    help: 'Age from which leftover candidate tags of earlier runs are removed; with keep-candidates only prune removes any.',
    commands: [...promoting, 'prune', 'doctor'],
  },
] as const satisfies readonly InputDefinition[];
