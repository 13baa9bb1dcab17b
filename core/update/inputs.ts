import type { InputDefinition } from '../settings/input.ts';
import { inputOf } from '../settings/input-of-key.ts';
import { choiceKeys } from './config.ts';

const commands = ['update'] as const;

/** Inputs that say which references move, and how far. */
export const updateInputs = [
  {
    name: 'write',
    isFirst: true,
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Write the edits to the files instead of printing a diff.',
    commands: ['init', ...commands],
  },
  {
    name: 'promoted',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'With references: hold images that this tool promoted at the digest that their tag names now, and leave all others alone.',
    commands,
  },
  inputOf('update-policy', choiceKeys.policy, { commands, config: 'update.policy' }),
  inputOf('suffix-policy', choiceKeys.suffix, { commands, config: 'update.suffix' }),
  inputOf('lts', choiceKeys.lts, { commands, config: 'update.lts' }),
  inputOf('pre-releases', choiceKeys['pre-releases'], { commands, config: 'update.pre-releases' }),
  inputOf('pin-digests', choiceKeys['pin-digests'], { commands, config: 'update.pin-digests' }),
  inputOf('minimum-age', choiceKeys['minimum-age'], { commands, config: 'update.minimum-age' }),
  {
    name: 'repair-pins',
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Replace a digest pin to the manifest of one platform by the index of all platforms.',
    commands,
    config: 'update.repair-pins',
  },
  {
    name: 'scan-held',
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Scan what minimum-age holds back, and take it anyway if it fixes what the gate refuses.',
    commands,
    config: 'update.scan-held',
  },
  {
    name: 'first-seen',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'File that records when each tag was first seen, for minimum-age; by default first-seen.json in the output folder.',
    commands,
  },
] as const satisfies readonly InputDefinition[];
