import { below, type FileNode, statedText } from '../settings/file-node.ts';
import { choiceOf, parseBoolean, type Text } from '../settings/value.ts';
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
    ...defined('severityThreshold', thresholdOf(statedText(below(gate, 'severity-threshold')))),
    ...defined('onlyFixable', mapText(statedText(below(gate, 'only-fixable')), parseBoolean)),
    ...defined('newOnly', mapText(statedText(below(gate, 'new-only')), parseBoolean)),
    ...defined('exceptions', exceptions === undefined ? undefined : readExceptions(exceptions)),
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

// exactOptionalPropertyTypes: an absent property is left out, never undefined.
function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
