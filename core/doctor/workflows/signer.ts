import { type DoctorFinding, findingAt, warning } from '../check.ts';
import { hostedBy } from './runner.ts';
import { commandWords, givenTo, type RunStep, type StepSurroundings, signs, stepSubject } from './step.ts';

const installers = {
  cosign: ['sigstore/cosign-installer', /\bcosign\b/i],
  notation: ['notaryproject/notation-action/setup', /\bnotation\b/i],
} as const;

/** Whether the program that signs is there on machines of a host, which come without. */
export function signerStepFindings(step: RunStep, { signer }: StepSurroundings): readonly DoctorFinding[] {
  const tool = givenTo(step, 'sign') ?? signer;
  const host = hostedBy(step);
  if (!(tool === 'cosign' || tool === 'notation') || !signs(step) || host === undefined) return [];
  const [action, words] = installers[tool];
  if (step.how.kind === 'script' || step.before.some((node) => words.test(commandWords(node)))) return [];
  if (givenTo(step, 'sign-path') !== undefined) return [];
  const subject = stepSubject(step.place);
  const detail = `no earlier step installs ${tool}, and ${host}'s machines do not have it`;
  const remedy = host === 'GitHub' ? `add ${action} before it` : `install ${tool} in an earlier step`;
  return [findingAt(step.place, warning(subject, detail, remedy))];
}
