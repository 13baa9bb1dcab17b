import type { InputDefinition } from '../settings/input.ts';
import { choiceKeys } from '../update/config.ts';
import { inputOfKey } from './of-key.ts';

const commands = ['update'] as const;

// Below update: it is clear whose policy is meant; among all inputs it is not.
const inputNames: Readonly<Record<string, string>> = { policy: 'update-policy', suffix: 'suffix-policy' };

/** Inputs that say which references move, and how far. */
export const updateInputs: readonly InputDefinition[] = [
  {
    name: 'write',
    kind: 'boolean',
    default: 'false',
    help: 'Write the edits to the files instead of printing a diff.',
    commands,
  },
  ...Object.entries(choiceKeys).flatMap(([key, { help, shape }]) =>
    inputOfKey(inputNames[key] ?? key, help, shape, { commands, config: `update.${key}` }),
  ),
  {
    name: 'repair-pins',
    kind: 'boolean',
    default: 'false',
    help: 'Replace a digest pin to the manifest of one platform by the index of all platforms.',
    commands,
    config: 'update.repair-pins',
  },
  {
    name: 'scan-held',
    kind: 'boolean',
    default: 'false',
    help: 'Scan what minimum-age holds back, and take it anyway if it fixes what the gate refuses.',
    commands,
    config: 'update.scan-held',
  },
  {
    name: 'first-seen',
    kind: 'path',
    placeholder: 'FILE',
    help: 'File that records when each tag was first seen, for minimum-age; by default first-seen.json in the output folder.',
    commands,
  },
];
