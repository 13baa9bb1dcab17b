import { severities } from '../scan/finding.ts';
import type { InputDefinition } from '../settings/input.ts';
import { inputsOfKeys } from '../settings/input-of-key.ts';
import { namesFileOrAddress } from '../settings/named.ts';
import { gateKeys } from './config.ts';

/** What a threshold of the gate may be. */
export const gateThresholds = [...severities, 'none'] as const;

/** What of an image fails the gate: all of it, or only what is new or has a fix. */
export const gateScopes = ['relative', 'absolute'] as const;

const gated = ['refresh', 'scan', 'rebase'] as const;
const applyingPolicy = [...gated, 'policy-test', 'doctor'] as const;

// Below gate: it is clear whose owner is meant; among all inputs it is not.
const gateInputNames: Readonly<Record<string, string>> = {
  owner: 'finding-owner',
  secrets: 'found-secrets',
  misconfigurations: 'found-misconfigurations',
  licences: 'found-licences',
};

/** Inputs that say what an image may contain and still be promoted. */
export const gateInputs = [
  {
    name: 'policy',
    kind: 'list',
    placeholder: 'FILE|URL',
    from: 'repository',
    names: namesFileOrAddress,
    help: 'Policy file that the configuration overrides: a path, or an https address ending in #sha256= and its checksum. Later ones override earlier ones.',
    commands: applyingPolicy,
    config: 'policies',
  },
  {
    name: 'gate',
    kind: { choice: gateScopes },
    default: 'relative',
    from: 'repository',
    help: 'Which findings at the threshold fail the gate: relative, those that the published image does not have or that have a fix; absolute, all of them.',
    commands: applyingPolicy,
    config: 'gate.scope',
  },
  {
    name: 'severity-threshold',
    isFirst: true,
    kind: { choice: gateThresholds },
    default: 'high',
    from: 'repository',
    help: 'Lowest severity that fails the gate; none only reports.',
    commands: applyingPolicy,
    config: 'gate.severity-threshold',
  },
  {
    name: 'only-fixable',
    isFirst: true,
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Let only findings that have a fix, or may have one, fail the gate.',
    commands: applyingPolicy,
    config: 'gate.only-fixable',
  },
  {
    name: 'new-only',
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Let only findings that the published image does not have fail the gate.',
    commands: ['refresh', 'rebase', 'policy-test'],
    config: 'gate.new-only',
  },
  {
    name: 'explain',
    isFirst: true,
    kind: 'list',
    placeholder: 'NAME',
    from: 'run',
    help: 'Image of which to say everything that check or plan found; with policy-test, vulnerability of which to say what decided about it and why.',
    commands: ['check', 'plan', 'policy-test'],
  },
] as const satisfies readonly InputDefinition[];

/** Everything else of the gate that fits in a line; counts by severity and exceptions are the file's. */
export const gateKeyInputs: readonly InputDefinition[] = inputsOfKeys(gateKeys, (key) => ({
  name: gateInputNames[key] ?? key,
  commands: applyingPolicy,
  config: `gate.${key}`,
}));
