import { attempt } from '../../failure.ts';
import { inputsOf } from '../../inputs.ts';
import { commandDefinition } from '../../settings/commands.ts';
import { camelCase, type HostKind, type InputDefinition } from '../../settings/input.ts';
import { nearest, verify } from '../../settings/value.ts';
import { withoutEffect } from '../../settings/without-effect.ts';
import { type DoctorFinding, findingAt, problem } from '../check.ts';
import { commandOf, type Given, isExpression, type RunStep } from './step.ts';

/** Inputs that there are not, values that an input cannot have, and inputs that the step's command does not read. */
export async function inputFindings(step: RunStep): Promise<readonly DoctorFinding[]> {
  if (step.how.kind === 'script') return [];
  const kind = step.how.kind === 'action' ? 'github' : 'azure';
  const found = await Promise.all(step.given.map((given) => findingOf(step, given, kind)));
  return found.flat();
}

async function findingOf(step: RunStep, given: Given, kind: HostKind): Promise<readonly DoctorFinding[]> {
  const { place } = step;
  const { name, text, line } = given;
  const subject = `${place.path}:${line}`;
  const offered = inputsOf(kind);
  const input = offered.find((one) => labelOf(kind, one).toLowerCase() === name.toLowerCase());
  if (input === undefined) {
    const near = nearest(
      name,
      offered.map((one) => labelOf(kind, one)),
    );
    return [
      findingAt(
        { path: place.path, line },
        problem(subject, `${name} is not an input`, `the nearest valid input is ${near}`),
      ),
    ];
  }
  if (isExpression(text) || text.trim() === '') return [];
  const command = commandDefinition(commandOf(step) ?? '');
  const idle = command === undefined ? undefined : withoutEffect(input, text, command.name, kind);
  if (idle !== undefined) return [findingAt({ path: place.path, line }, problem(subject, idle.detail, idle.remedy))];
  const verified = await attempt(subject, async () => verify({ text: text.trim(), where: subject, key: name }, input));
  if (verified.kind === 'done') return [];
  const { detail, remedy } = verified.failure;
  return [findingAt({ path: place.path, line }, problem(subject, detail, remedy))];
}

function labelOf(kind: HostKind, { name }: InputDefinition): string {
  return kind === 'azure' ? camelCase(name) : name;
}
