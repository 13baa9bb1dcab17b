import { below, type FileNode, statedText } from '../settings/file-node.ts';
import { choiceOf, parseBoolean, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import { readGateKeys } from './config.ts';
import { readExceptions } from './exception-entries.ts';
import { gateScopes, gateThresholds } from './inputs.ts';
import type { GatePolicy } from './policy.ts';
import { readRules } from './rules/config.ts';

const scopeOf = choiceOf(gateScopes);
const thresholdOf = choiceOf(gateThresholds);

/** What a `gate:` says, of all images, of one or of a policy; what it does not say is left out. */
export function readGate(gate: FileNode | undefined): Partial<GatePolicy> {
  const exceptions = below(gate, 'exceptions');
  return {
    ...readGateKeys(gate),
    ...given('severityThreshold', thresholdOf(statedText(below(gate, 'severity-threshold')))),
    ...given('onlyFixable', mapText(statedText(below(gate, 'only-fixable')), parseBoolean)),
    ...given('newOnly', mapText(statedText(below(gate, 'new-only')), parseBoolean)),
    ...given('scope', scopeOf(statedText(below(gate, 'scope')))),
    ...given('rules', mapNode(below(gate, 'rules'), readRules)),
    ...given('exceptions', exceptions === undefined ? undefined : readExceptions(exceptions)),
  };
}

/** What the run itself states: its exceptions count whatever limits those of the repository. */
export function ofTheRun(gate: Partial<GatePolicy>): Partial<GatePolicy> {
  const { exceptions, rules, ...rest } = gate;
  const ofRun = <T extends object>(all: readonly T[] | undefined) =>
    all?.map((one) => ({ ...one, from: 'run' as const }));
  return { ...rest, ...given('exceptions', ofRun(exceptions)), ...given('rules', ofRun(rules)) };
}

function mapNode<T>(node: FileNode | undefined, read: (node: FileNode) => T): T | undefined {
  return node === undefined ? undefined : read(node);
}

function mapText<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
