import { gateKeys } from '../gate/config.ts';
import { engineNames } from '../rebuild/engine.ts';
import { severities } from '../scan/finding.ts';
import type { InputDefinition } from './definition.ts';
import { inputOfKey } from './of-key.ts';
import { scannerInputs } from './scanner.ts';

const gated = ['refresh', 'scan', 'rebase'] as const;
const judging = [...gated, 'policy-test'] as const;

// Below gate: it is clear whose owner is meant; among all inputs it is not.
const gateInputNames: Readonly<Record<string, string>> = { owner: 'finding-owner' };

/** Inputs that say how images are rebuilt, scanned and judged. */
export const policyInputs: readonly InputDefinition[] = [
  {
    name: 'policy',
    kind: 'list',
    placeholder: 'FILE|URL',
    help: 'Policy files below the configuration, the first the lowest: paths, or https addresses with #sha256= and the checksum.',
    commands: judging,
    config: 'policies',
  },
  {
    name: 'severity-threshold',
    kind: { choice: [...severities, 'none'] },
    default: 'high',
    help: 'Mildest severity that fails the gate; none reports only.',
    commands: judging,
    config: 'gate.severity-threshold',
  },
  {
    name: 'only-fixable',
    kind: 'boolean',
    default: 'false',
    help: 'Whether only findings that have a fixed version can fail the gate.',
    commands: judging,
    config: 'gate.only-fixable',
  },
  {
    name: 'new-only',
    kind: 'boolean',
    default: 'false',
    help: 'Whether only findings that the published image does not have can fail the gate.',
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
    help: 'Whether the files of the image are read for what makes it easy to misuse: root, shells, package managers, setuid files, credentials.',
    commands: gated,
    config: 'hardening',
  },
  {
    name: 'fail-on',
    kind: { choice: ['stale', 'never'] },
    default: 'never',
    help: 'Whether a stale image makes check and plan end with policy against it.',
    commands: ['check', 'plan'],
    config: 'fail-on',
  },
  {
    name: 'engine',
    kind: { choice: ['auto', ...engineNames] },
    default: 'auto',
    help: 'How images are made again: rebase swaps the layers of the base, every other engine builds; auto takes what is safe and at hand.',
    commands: ['plan', 'refresh'],
    config: 'engine',
  },
  {
    name: 'rebase',
    kind: { choice: ['never', 'when-safe', 'force'] },
    default: 'when-safe',
    help: 'When the layers of the base are swapped without a build: where that is shown to be safe, never, or wherever the layers fit.',
    commands: ['refresh', 'rebase'],
    config: 'rebase',
  },
  {
    name: 'dry-run',
    kind: 'boolean',
    default: 'false',
    help: 'Whether to stop after the plan, so that nothing is built and nothing is written to a registry.',
  },
  {
    name: 'force',
    kind: 'boolean',
    default: 'false',
    help: 'Whether to rebuild images whose bases are current too, and to repeat builds that were promoted already or keep failing; for rollback, to restore tags that somebody has moved since.',
    commands: ['plan', 'refresh', 'rollback'],
  },
  ...scannerInputs,
];
