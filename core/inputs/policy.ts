import { gateKeys } from '../gate/config.ts';
import type { EngineName } from '../rebuild/engine.ts';
import { scannerKeys } from '../scan/config.ts';
import { severities } from '../scan/finding.ts';
import type { InputDefinition } from './definition.ts';
import { inputOfKey } from './of-key.ts';

const gated = ['refresh', 'scan'] as const;
const engines: readonly (EngineName | 'auto')[] = ['auto', 'buildx', 'rebase'];

// Below gate: it is clear whose owner is meant; among all inputs it is not.
const gateInputNames: Readonly<Record<string, string>> = { owner: 'finding-owner' };

/** Inputs that say how images are rebuilt, scanned and judged. */
export const policyInputs: readonly InputDefinition[] = [
  {
    name: 'severity-threshold',
    kind: { choice: [...severities, 'none'] },
    default: 'high',
    help: 'Mildest severity that fails the gate; none reports only.',
    commands: gated,
    config: 'gate.severity-threshold',
  },
  {
    name: 'only-fixable',
    kind: 'boolean',
    default: 'false',
    help: 'Whether only findings that have a fixed version can fail the gate.',
    commands: gated,
    config: 'gate.only-fixable',
  },
  {
    name: 'new-only',
    kind: 'boolean',
    default: 'false',
    help: 'Whether only findings that the published image does not have can fail the gate.',
    commands: ['refresh'],
    config: 'gate.new-only',
  },
  // Everything else of the gate that fits in a line; counts by severity and exceptions are the file's.
  ...Object.entries(gateKeys).flatMap(([key, { help, shape }]) =>
    inputOfKey(gateInputNames[key] ?? key, help, shape, { commands: gated, config: `gate.${key}` }),
  ),
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
    kind: { choice: engines },
    default: 'auto',
    help: 'How images are made again: buildx builds them, rebase swaps the layers of the base without a build.',
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
    help: 'Whether to rebuild images whose bases are current too.',
    commands: ['plan', 'refresh'],
  },
  ...Object.entries(scannerKeys).flatMap(([key, { help, shape }]) =>
    key === 'tool' ? inputOfKey('scanner', help, shape, { commands: gated, config: 'scanner.tool' }) : [],
  ),
  {
    name: 'scanner-path',
    kind: 'path',
    placeholder: 'FILE',
    help: 'Executable of Trivy or Grype; without it, trivy or grype on PATH.',
    commands: ['refresh', 'scan', 'demo'],
  },
  {
    name: 'scanner-cache',
    kind: 'path',
    placeholder: 'DIR',
    help: 'Folder in which the scanner keeps its vulnerability database.',
    commands: ['refresh', 'scan', 'demo'],
  },
  {
    name: 'database-repository',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Repository from which the scanner fetches its vulnerability database.',
    commands: gated,
    config: 'scanner.database-repository',
  },
  {
    name: 'skip-database-update',
    kind: 'boolean',
    default: 'false',
    help: 'Whether the scanner uses the vulnerability database that it has.',
    commands: gated,
    config: 'scanner.skip-database-update',
  },
];
