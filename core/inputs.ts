import { buildInputs } from './inputs/build.ts';
import { deployInputs } from './inputs/deploy.ts';
import { doctorInputs } from './inputs/doctor.ts';
import { policyInputs } from './inputs/policy.ts';
import { promotionInputs } from './inputs/promotion.ts';
import { pullRequestInputs } from './inputs/pull-request.ts';
import { registryInputs } from './inputs/registry.ts';
import { runInputs } from './inputs/run.ts';
import { signInputs } from './inputs/sign.ts';
import { staleInputs } from './inputs/stale.ts';
import { subjectInputs } from './inputs/subject.ts';
import { updateInputs } from './inputs/update.ts';
import type { CommandName } from './settings/commands.ts';
import type { HostKind, InputDefinition } from './settings/input.ts';

/** The catalogue by theme, in the order in which it is shown. */
export const inputSections: readonly { readonly title: string; readonly inputs: readonly InputDefinition[] }[] = [
  { title: 'Images', inputs: subjectInputs },
  { title: 'What counts as stale', inputs: staleInputs },
  { title: 'Rebuild, scan and gate', inputs: policyInputs },
  { title: 'Build', inputs: buildInputs },
  { title: 'Signing', inputs: signInputs },
  { title: 'Promotion', inputs: promotionInputs },
  { title: 'Deployment', inputs: deployInputs },
  { title: 'Update', inputs: updateInputs },
  { title: 'Pull requests', inputs: pullRequestInputs },
  { title: 'Registries', inputs: registryInputs },
  { title: 'Doctor', inputs: doctorInputs },
  { title: 'Run and output', inputs: runInputs },
];

/** The catalogue: every input of every host. */
export const inputs: readonly InputDefinition[] = inputSections.flatMap((section) => section.inputs);

/** The inputs that a host offers, for one command or for all. */
export function inputsOf(host: HostKind, command?: CommandName): readonly InputDefinition[] {
  return inputs.filter(
    (input) =>
      (input.hosts === undefined || input.hosts.includes(host)) &&
      (command === undefined || input.commands === undefined || input.commands.includes(command)),
  );
}
