import { below, type FileNode, statedText } from '../settings/file-node.ts';
import { choiceOf, parseBoolean, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import { readGateKeys } from './config.ts';
import { readExceptions } from './exception-entries.ts';
import { gateThresholds } from './inputs.ts';
import type { GatePolicy } from './policy.ts';

const thresholdOf = choiceOf(gateThresholds);

/** What a `gate:` says, of all images, of one or of a policy; what it does not say is left out. */
export function readGate(gate: FileNode | undefined): Partial<GatePolicy> {
  const exceptions = below(gate, 'exceptions');
  return {
    ...readGateKeys(gate),
    ...given('severityThreshold', thresholdOf(statedText(below(gate, 'severity-threshold')))),
    ...given('onlyFixable', mapText(statedText(below(gate, 'only-fixable')), parseBoolean)),
    ...given('newOnly', mapText(statedText(below(gate, 'new-only')), parseBoolean)),
    ...given('exceptions', exceptions === undefined ? undefined : readExceptions(exceptions)),
  };
}

/** What the run itself states: its exceptions count whatever limits those of the repository. */
export function ofTheRun(gate: Partial<GatePolicy>): Partial<GatePolicy> {
  const { exceptions, ...rest } = gate;
  if (exceptions === undefined) return rest;
  return { ...rest, exceptions: exceptions.map((exception) => ({ ...exception, from: 'run' as const })) };
}

function mapText<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
