import { type Finding, note, problemOf } from '../check.ts';
import type { Check, Patient } from '../examination.ts';
import { groupedBy } from '../grouped.ts';
import {
  accessTokenFindings,
  connectionFindings,
  depthFindings,
  pipelineScheduleFindings,
  scriptSecretFindings,
} from './azure.ts';
import type { CiFile } from './files.ts';
import {
  checkoutFindings,
  concurrencyFindings,
  pinFindings,
  pullRequestTargetFindings,
  scheduleFindings,
  secretFindings,
} from './github.ts';
import { inputFindings } from './inputs.ts';
import { permissionFindings } from './permissions.ts';
import { runnerFindings } from './runner.ts';
import type { Step, Surroundings } from './step.ts';
import { stepsOf } from './steps.ts';
import { surroundingsOf } from './surroundings.ts';

type Judge = (step: Step, around: Surroundings) => readonly Finding[] | Promise<readonly Finding[]>;

/** Checks of the workflows and pipelines that run this program. */
export const workflowChecks: readonly Check[] = [
  { id: 'workflow-files', group: 'workflows', examine: async ({ ciFiles }) => fileFindings(await ciFiles()) },
  ofSteps('workflow-inputs', ['github', 'azure'], inputFindings),
  ofSteps('workflow-permissions', ['github'], permissionFindings),
  ofSteps('workflow-secrets', ['github'], secretFindings),
  ofSteps('workflow-secrets', ['azure'], scriptSecretFindings),
  ofFiles('workflow-pull-request-target', ['github'], pullRequestTargetFindings),
  ofSteps('workflow-pin', ['github'], pinFindings),
  ofSteps('workflow-concurrency', ['github'], concurrencyFindings),
  ofFiles('workflow-schedule', ['github'], scheduleFindings),
  ofFiles('workflow-schedule', ['azure'], pipelineScheduleFindings),
  ofFiles('workflow-checkout', ['github'], checkoutFindings),
  ofFiles('workflow-checkout', ['azure'], depthFindings),
  ofSteps('workflow-runner', ['github', 'azure'], runnerFindings),
  ofSteps('workflow-access-token', ['azure'], accessTokenFindings),
  ofSteps('workflow-service-connection', ['azure'], connectionFindings),
];

type Kinds = readonly CiFile['kind'][];

function ofSteps(id: string, kinds: Kinds, judge: Judge): Check {
  return { id, group: 'workflows', examine: (patient) => judgeSteps(patient, stepsIn(kinds), judge) };
}

// What is true of a whole file is said once, of the first step that it matters to.
function ofFiles(id: string, kinds: Kinds, judge: Judge): Check {
  const firsts = (files: readonly CiFile[]) =>
    groupedBy(stepsIn(kinds)(files), ({ place }) => place.path).flatMap(([first]) => first ?? []);
  return { id, group: 'workflows', examine: (patient) => judgeSteps(patient, firsts, judge) };
}

function stepsIn(kinds: Kinds): (files: readonly CiFile[]) => readonly Step[] {
  return (files) => files.filter(({ kind }) => kinds.includes(kind)).flatMap(stepsOf);
}

async function judgeSteps(
  patient: Patient,
  choose: (files: readonly CiFile[]) => readonly Step[],
  judge: Judge,
): Promise<readonly Finding[]> {
  const steps = choose(await patient.ciFiles());
  if (steps.length === 0) return [];
  const around = await surroundingsOf(patient);
  return (await Promise.all(steps.map((step) => judge(step, around)))).flat();
}

/** Files that run this program, and those of them that cannot be read as YAML. */
export function fileFindings(files: readonly CiFile[]): readonly Finding[] {
  const broken = files.flatMap(({ root, kind }) => {
    if (root.kind === 'done') return [];
    // Azure takes templates that are YAML only once their expressions are filled in.
    return [kind === 'github' ? problemOf(root.failure) : { ...problemOf(root.failure), state: 'warning' as const }];
  });
  const running = files.some((file) => stepsOf(file).length > 0);
  if (running || broken.length > 0) return broken;
  return [note('workflow files', 'none runs this program')];
}
