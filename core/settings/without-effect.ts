import { fail } from '../failure.ts';
import type { Host } from '../ports.ts';
import type { CommandName } from './commands.ts';
import { type HostKind, type InputDefinition, inputLabel } from './input.ts';

/** What a run would not do that its inputs ask for. */
export interface WithoutEffect {
  readonly detail: string;
  readonly remedy: string;
}

/** Why an input that is given asks for nothing of a command; undefined where the command reads it, or nothing is given. */
export function withoutEffect(
  input: InputDefinition,
  text: string,
  command: CommandName,
  host: HostKind,
): WithoutEffect | undefined {
  const { commands = [command], default: usual = '', githubExpression } = input;
  // The runner fills in what an expression gives, whatever the command is.
  if (commands.includes(command) || githubExpression !== undefined) return undefined;
  const given = text.trim();
  if (given === '' || given.toLowerCase() === usual.toLowerCase()) return undefined;
  const name = inputLabel(host, input.name);
  const readers = commands.filter((each) => each !== 'demo').join(', ');
  return { detail: `${command} does not read ${name}`, remedy: `leave it out; commands that read it: ${readers}` };
}

/** Refuses inputs that a command does not read; the command line refuses them as options. Throws FailureError `usage`. */
export function refuseWithoutEffect(host: Host, inputs: readonly InputDefinition[], command: CommandName): void {
  if (host.kind === 'cli') return;
  for (const input of inputs) {
    const found = withoutEffect(input, host.input(input.name) ?? '', command, host.kind);
    if (found !== undefined) throw fail('usage', inputLabel(host.kind, input.name), found.detail, found.remedy);
  }
}
