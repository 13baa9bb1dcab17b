import { admissionInputs } from './admission/inputs.ts';
import { failInputs, listInputs, staleInputs } from './check/inputs.ts';
import { continuityInputs } from './continuity/inputs.ts';
import { deployInputs } from './deploy/inputs.ts';
import { imageInputs, referenceInputs, subjectInputs, tagInputs } from './discover/inputs.ts';
import { gateInputs, gateKeyInputs } from './gate/inputs.ts';
import { hardeningInputs } from './hardening/inputs.ts';
import { doctorInputs } from './inputs/doctor.ts';
import { initInputs } from './inputs/init.ts';
import { commandInputs, configInputs, extentInputs, fleetInputs, runInputs } from './inputs/run.ts';
import { notifyInputs } from './notify/inputs.ts';
import { rebuildInputs } from './plan/inputs.ts';
import { promotionInputs } from './promote/inputs.ts';
import { pullRequestInputs } from './pull-request/inputs.ts';
import { buildInputs, engineInputs, rebaseInputs } from './rebuild/inputs.ts';
import { registryInputs } from './registry/inputs.ts';
import { scannerInputs } from './scan/inputs.ts';
import type { CommandName } from './settings/commands.ts';
import { type HostKind, type InputDefinition, inputsFor } from './settings/input.ts';
import { signInputs } from './sign/inputs.ts';
import { sourceInputs } from './source/inputs.ts';
import { updateInputs } from './update/inputs.ts';

/** The inputs whose names and choices the compiler knows. */
export const namedInputs = [
  ...commandInputs,
  ...imageInputs,
  ...rebaseInputs,
  ...tagInputs,
  ...configInputs,
  ...subjectInputs,
  ...referenceInputs,
  ...staleInputs,
  ...rebuildInputs,
  ...listInputs,
  ...gateInputs,
  ...hardeningInputs,
  ...failInputs,
  ...engineInputs,
  ...sourceInputs,
  ...continuityInputs,
  ...extentInputs,
  ...scannerInputs,
  ...buildInputs,
  ...signInputs,
  ...promotionInputs,
  ...deployInputs,
  ...admissionInputs,
  ...updateInputs,
  ...pullRequestInputs,
  ...notifyInputs,
  ...registryInputs,
  ...doctorInputs,
  ...initInputs,
  ...fleetInputs,
  ...runInputs,
] as const;

/** The catalogue by theme, in the order in which it is shown. */
export const inputSections: readonly { readonly title: string; readonly inputs: readonly InputDefinition[] }[] = [
  {
    title: 'Images',
    inputs: [
      ...commandInputs,
      ...imageInputs,
      ...rebaseInputs,
      ...tagInputs,
      ...configInputs,
      ...subjectInputs,
      ...referenceInputs,
    ],
  },
  { title: 'What counts as stale', inputs: [...staleInputs, ...rebuildInputs, ...listInputs] },
  {
    title: 'Rebuild, scan and gate',
    inputs: [
      ...gateInputs,
      ...gateKeyInputs,
      ...hardeningInputs,
      ...failInputs,
      ...engineInputs,
      ...sourceInputs,
      ...continuityInputs,
      ...extentInputs,
      ...scannerInputs,
    ],
  },
  { title: 'Build', inputs: buildInputs },
  { title: 'Signing', inputs: signInputs },
  { title: 'Promotion', inputs: promotionInputs },
  { title: 'Deployment', inputs: deployInputs },
  { title: 'Admission', inputs: admissionInputs },
  { title: 'Update', inputs: updateInputs },
  { title: 'Pull requests', inputs: pullRequestInputs },
  { title: 'Notifications', inputs: notifyInputs },
  { title: 'Registries', inputs: registryInputs },
  { title: 'Doctor', inputs: doctorInputs },
  { title: 'Init', inputs: initInputs },
  { title: 'Many machines', inputs: fleetInputs },
  { title: 'Run and output', inputs: runInputs },
];

/** The catalogue: every input of every host. */
export const inputs: readonly InputDefinition[] = inputSections.flatMap((section) => section.inputs);

/** The names of all inputs. */
export const inputNames: ReadonlySet<string> = new Set(inputs.map(({ name }) => name));

/** The inputs that a host offers, for one command or for all. */
export function inputsOf(host: HostKind, command?: CommandName): readonly InputDefinition[] {
  return inputsFor(inputs, host, command);
}
