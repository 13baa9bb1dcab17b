import { groupedBy } from '../../grouped.ts';
import { type DoctorFinding, note, problemOf, states } from '../check.ts';
import type { DoctorCheck } from '../check-definition.ts';
import type { Examination } from '../examination.ts';
import {
  accessTokenFindings,
  depthFindings,
  overlapFindings,
  pipelineScheduleFindings,
  scriptSecretFindings,
} from './azure.ts';
import type { CiFile } from './files.ts';
import {
  checkoutFindings,
  concurrencyFindings,
  pinFindings,
  pullRequestTargetFindings,
  requestTokenFindings,
  scheduleFindings,
  stepSecretFindings,
} from './github.ts';
import { inputFindings } from './inputs.ts';
import { loginFindings } from './login.ts';
import { matrixFindings, outputFindings } from './outputs.ts';
import { permissionFindings } from './permissions.ts';
import { pullRequestFindings } from './pull-requests.ts';
import { runnerFindings } from './runner.ts';
import { signerStepFindings } from './signer.ts';
import type { RunStep, StepSurroundings } from './step.ts';
import { surroundingsOf } from './step.ts';
import { stepsOf } from './steps.ts';

type ExamineStep = (
  step: RunStep,
  around: StepSurroundings,
) => readonly DoctorFinding[] | Promise<readonly DoctorFinding[]>;

/** Checks of the workflows and pipelines that run this program. */
export const workflowChecks: readonly DoctorCheck[] = [
  { id: 'workflow-files', group: 'workflows', examine: async ({ ciFiles }) => ciFileFindings(await ciFiles()) },
  ofSteps('workflow-inputs', ['github', 'azure'], inputFindings, ['job', 'composite']),
  ofSteps('workflow-permissions', ['github'], permissionFindings, ['job', 'call']),
  ofSteps('workflow-secrets', ['github'], stepSecretFindings, ['job', 'composite']),
  ofSteps('workflow-secrets', ['azure'], scriptSecretFindings),
  ofFiles('workflow-pull-request-target', ['github'], pullRequestTargetFindings, ['job', 'call']),
  ofSteps('workflow-pin', ['github'], pinFindings, ['job', 'composite', 'call']),
  ofSteps('workflow-concurrency', ['github'], concurrencyFindings, ['job', 'call']),
  ofFiles('workflow-concurrency', ['azure'], overlapFindings),
  ofFiles('workflow-schedule', ['github'], scheduleFindings, ['job', 'call']),
  ofFiles('workflow-schedule', ['azure'], pipelineScheduleFindings),
  ofFiles('workflow-checkout', ['github'], checkoutFindings),
  ofFiles('workflow-checkout', ['azure'], depthFindings),
  ofSteps('workflow-pull-requests', ['github', 'azure'], pullRequestFindings, ['job', 'call']),
  ofSteps('workflow-login', ['github', 'azure'], loginFindings),
  ofSteps('workflow-signer', ['github', 'azure'], signerStepFindings),
  ofSteps('workflow-outputs', ['github', 'azure'], outputFindings, ['job', 'composite']),
  ofSteps('workflow-matrix', ['github', 'azure'], matrixFindings),
  ofSteps('workflow-runner', ['github', 'azure'], runnerFindings),
  ofSteps('workflow-access-token', ['azure'], accessTokenFindings),
  ofSteps('workflow-access-token', ['github'], requestTokenFindings),
];

type Kinds = readonly CiFile['kind'][];
/** Where a check applies: what stands around a composite action, or in a workflow that is called, is in another file. */
type Within = readonly RunStep['within'][];

function ofSteps(id: string, kinds: Kinds, examineStep: ExamineStep, within: Within = ['job']): DoctorCheck {
  const examine = async (examination: Examination) =>
    (await examineSteps(examination, kinds, within, examineStep)).flatMap(({ findings }) => findings);
  return { id, group: 'workflows', examine };
}

// What is true of a whole file is said once, of the first step that it is worst for.
function ofFiles(id: string, kinds: Kinds, examineStep: ExamineStep, within: Within = ['job']): DoctorCheck {
  const examine = async (examination: Examination) => {
    const examined = await examineSteps(examination, kinds, within, examineStep);
    return groupedBy(examined, ({ path }) => path).flatMap((own) => worstOf(own.flatMap(({ findings }) => findings)));
  };
  return { id, group: 'workflows', examine };
}

function worstOf(findings: readonly DoctorFinding[]): readonly DoctorFinding[] {
  const worst = states.findLast((state) => findings.some((finding) => finding.state === state));
  return findings.filter(({ state }) => state === worst).slice(0, 1);
}

interface ExaminedStep {
  readonly path: string;
  readonly findings: readonly DoctorFinding[];
}

async function examineSteps(
  examination: Examination,
  kinds: Kinds,
  within: Within,
  examineStep: ExamineStep,
): Promise<readonly ExaminedStep[]> {
  const steps = (await examination.ciFiles())
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(stepsOf)
    .filter((step) => within.includes(step.within));
  if (steps.length === 0) return [];
  const around = await surroundingsOf(examination);
  return Promise.all(steps.map(async (step) => ({ path: step.place.path, findings: await examineStep(step, around) })));
}

/** Files that run this program, and those of them that cannot be read. */
export function ciFileFindings(files: readonly CiFile[]): readonly DoctorFinding[] {
  const broken = files.flatMap((file) => brokenFindings(file));
  const running = files.some((file) => stepsOf(file).length > 0);
  if (running || broken.length > 0) return broken;
  return [note('workflow files', 'no workflow runs this program')];
}

function brokenFindings({ path, kind, root }: CiFile): readonly DoctorFinding[] {
  switch (root.kind) {
    case 'done':
      return [];
    case 'failed':
      // Azure takes templates that are YAML only once their expressions are filled in.
      return [kind === 'github' ? problemOf(root.failure) : { ...problemOf(root.failure), state: 'warning' }];
    case 'unread': {
      const detail = `cannot be read, so whether it runs this program is not known (${root.failure.detail})`;
      // A pipeline may have any name, so that most of what could be one is something else.
      const state = kind === 'github' || /azure-pipelines/i.test(path) ? 'unknown' : 'note';
      return [{ ...problemOf({ ...root.failure, subject: path, detail }), state }];
    }
  }
}
