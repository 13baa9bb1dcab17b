import { childOf, scalarOf } from '../../settings/yaml-node.ts';
import { type DoctorFinding, findingAt, note, warning } from '../check.ts';
import { commandOf, commandWords, givenTo, type RunStep, type StepSurroundings } from './step.ts';

/** Whether the machines that the hosts themselves offer have what a step builds and scans with; of any other the file says nothing. */
export function runnerFindings(step: RunStep, around: StepSurroundings): readonly DoctorFinding[] {
  const { how, place } = step;
  const command = commandOf(step) ?? '';
  const scans = ['refresh', 'rebase', 'scan'].includes(command) && givenTo(step, 'dry-run') !== 'true';
  const host = hostedBy(step);
  if (host === undefined || !scans || how.kind === 'script') return [];
  const subject = `${place.path}:${place.line}`;
  const isHere = (pattern: RegExp) => step.before.some((node) => pattern.test(commandWords(node)));
  const engine = givenTo(step, 'engine') ?? around.engine;
  const needsBuilder = command === 'refresh' && (engine === 'auto' || engine === 'buildx');
  // The action and the task install it unless a setting says otherwise.
  const installs = (givenTo(step, 'scanner-install') ?? String(!around.refusesScanner)) !== 'false';
  const isTrivy = (givenTo(step, 'scanner') ?? (around.usesTrivy ? 'trivy' : 'other')) === 'trivy';
  return [
    ...(needsBuilder && !isHere(/setup-buildx-action|buildx create/) ? [noBuilder(subject, host)] : []),
    ...(isTrivy && !installs && !isHere(/trivy/i) ? [findingAt(place, noScanner(subject, host))] : []),
  ];
}

type Hosted = 'GitHub' | 'Azure';

/** The host whose own machines a step runs on; undefined for any other machine. */
export function hostedBy({ how, job, root }: RunStep): Hosted | undefined {
  const image = (at: typeof job) => scalarOf(childOf(at, 'pool', 'vmImage'));
  const [name, host]: readonly [string | undefined, Hosted] =
    how.kind === 'action' ? [scalarOf(childOf(job, 'runs-on')), 'GitHub'] : [image(job) ?? image(root), 'Azure'];
  return /^ubuntu-[\w.-]+$/.test(name ?? '') ? host : undefined;
}

function noBuilder(subject: string, host: Hosted): DoctorFinding {
  const detail = `no earlier step sets up buildx, and the default builder on ${host}'s machines may be unable to write provenance`;
  const remedy =
    host === 'GitHub' ? 'add docker/setup-buildx-action before it' : 'run docker buildx create --use before it';
  return note(subject, detail, remedy);
}

function noScanner(subject: string, host: Hosted): DoctorFinding {
  const detail = `no earlier step installs Trivy, and ${host}'s machines do not have it`;
  return warning(subject, detail, `leave out ${host === 'GitHub' ? 'scanner-install' : 'scannerInstall'}: false`);
}
