import type { YamlNode } from '../../settings/yaml.ts';
import { childOf, scalarOf } from '../../settings/yaml-node.ts';
import { listed } from '../../text/words.ts';
import { type DoctorFinding, findingAt, warning } from '../check.ts';
import { commandWords, givenTo, pushes, type RunStep, type StepSurroundings, stepSubject } from './step.ts';

const logsIn =
  /\bdocker\/login-action@|\b(?:docker|podman|buildah|crane|oras|skopeo)\s+login\b|\baz\s+acr\s+login\b|\bazure\/(?:login|docker-login)@|\baws-actions\/amazon-ecr-login@|\bgoogle-github-actions\/auth@/i;

const credentials = [
  'registry-password',
  'registry-connection',
  'azure-service-connection',
  'azure-client-id',
  'azure-token',
];

/** Whether a step that pushes is logged in to the registries of the images, and before it begins. */
export function loginFindings(step: RunStep, { registries }: StepSurroundings): readonly DoctorFinding[] {
  const { how, place, before, after } = step;
  if (how.kind === 'script' || !pushes(step)) return [];
  if (credentials.some((name) => givenTo(step, name) !== undefined) || before.some(isLogin)) return [];
  const open = registries.filter((registry) => needsLogin(registry, step));
  if (open.length === 0) return [];
  const subject = stepSubject(place);
  if (after.some(isLogin)) {
    const detail = `the login to ${listed(open)} comes after it`;
    return [findingAt(place, warning(subject, detail, 'move the login before it'))];
  }
  const inputs = how.kind === 'task' ? 'registryConnection' : 'registry, registry-username and registry-password';
  const detail = `nothing logs in to ${listed(open)}, where images are pushed`;
  return [findingAt(place, warning(subject, detail, `set ${inputs}, or log in in an earlier step`))];
}

// The token of a job of GitHub opens ghcr.io; what is not known to be remote may be open to all.
function needsLogin(registry: string, { how }: RunStep): boolean {
  if (how.kind === 'action' && registry === 'ghcr.io') return false;
  return !/^(?:localhost|127\.|\[::1\])/.test(registry);
}

function isLogin(node: YamlNode): boolean {
  if (logsIn.test(commandWords(node))) return true;
  const task = scalarOf(childOf(node, 'task')) ?? '';
  if (/^(?:AzureCLI|AWSShellScript)@/i.test(task))
    return logsIn.test(scalarOf(childOf(node, 'inputs', 'inlineScript')) ?? '');
  return /^Docker@/i.test(task) && /^login$/i.test(scalarOf(childOf(node, 'inputs', 'command')) ?? '');
}
