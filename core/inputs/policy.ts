import { gateKeys } from '../gate/config.ts';
import { engineNames } from '../rebuild/settings.ts';
import { severities } from '../scan/finding.ts';
import type { InputDefinition } from '../settings/input.ts';
import { inputOfKey } from './of-key.ts';
import { scannerInputs } from './scanner.ts';

const gated = ['refresh', 'scan', 'rebase'] as const;
const judging = [...gated, 'policy-test', 'doctor'] as const;

// Below gate: it is clear whose owner is meant; among all inputs it is not.
const gateInputNames: Readonly<Record<string, string>> = { owner: 'finding-owner' };

/** Inputs that say how images are rebuilt, scanned and judged. */
export const policyInputs: readonly InputDefinition[] = [
  {
    name: 'policy',
    kind: 'list',
    placeholder: 'FILE|URL',
    help: 'Policy file that the configuration overrides: a path, or an https address ending in #sha256= and its checksum. Later ones override earlier ones.',
    commands: judging,
    config: 'policies',
  },
  {
    name: 'severity-threshold',
    kind: { choice: [...severities, 'none'] },
    default: 'high',
    help: 'Lowest severity that fails the gate; none only reports.',
    commands: judging,
    config: 'gate.severity-threshold',
  },
  {
    name: 'only-fixable',
    kind: 'boolean',
    default: 'false',
    help: 'Let only findings with a fixed version fail the gate.',
    commands: judging,
    config: 'gate.only-fixable',
  },
  {
    name: 'new-only',
    kind: 'boolean',
    default: 'false',
    help: 'Let only findings that the published image does not have fail the gate.',
    commands: ['refresh', 'rebase', 'policy-test'],
    config: 'gate.new-only',
  },
  // Everything else of the gate that fits in a line; counts by severity and exceptions are the file's.
  ...Object.entries(gateKeys).flatMap(([key, { help, shape }]) =>
    inputOfKey(gateInputNames[key] ?? key, help, shape, { commands: judging, config: `gate.${key}` }),
  ),
  {
    name: 'hardening',
    kind: 'boolean',
    default: 'false',
    help: 'Report what makes an image easy to misuse: root, shells, package managers, setuid files, credentials.',
    commands: gated,
    config: 'hardening',
  },
  {
    name: 'fail-on',
    kind: { choice: ['stale', 'never'] },
    default: 'never',
    help: 'Set to stale to make check and plan exit with 1 when an image is stale.',
    commands: ['check', 'plan'],
    config: 'fail-on',
  },
  {
    name: 'engine',
    kind: { choice: ['auto', ...engineNames] },
    default: 'auto',
    help: 'How images are rebuilt: rebase swaps the layers of the base, every other engine runs a build. The default, auto, takes the first that is safe and available.',
    commands: ['plan', 'refresh', 'doctor'],
    config: 'engine',
  },
  {
    name: 'rebase',
    kind: { choice: ['never', 'when-safe', 'force'] },
    default: 'when-safe',
    help: 'When to swap the layers of the base instead of building: never, when it is shown to be safe, or whenever the layers fit.',
    commands: ['refresh', 'rebase'],
    config: 'rebase',
  },
  {
    name: 'dry-run',
    kind: 'boolean',
    default: 'false',
    help: 'Stop after planning: nothing is built and nothing is written to a registry or a cluster.',
  },
  {
    name: 'force',
    kind: 'boolean',
    default: 'false',
    help: 'Also rebuild images whose bases are current, and repeat builds that were already promoted or keep failing. With rollback, also restore tags that have moved since.',
    commands: ['plan', 'refresh', 'rollback'],
  },
  ...scannerInputs,
];
