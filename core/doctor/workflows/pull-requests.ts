import type { YamlNode } from '../../settings/yaml.ts';
import { childOf, scalarOf } from '../../settings/yaml-node.ts';
import { type DoctorFinding, findingAt, note, warning } from '../check.ts';
import { namesInNode } from './node.ts';
import { commandOf, givenTo, type RunStep, stepSubject, writes } from './step.ts';

/** Whether a step that writes also runs for pull requests, whose code is not accepted yet. */
export function pullRequestFindings(step: RunStep): readonly DoctorFinding[] {
  const trigger = triggerOf(step);
  if (trigger === undefined || !writes(step) || excludesRequests(step)) return [];
  const subject = stepSubject(step.place);
  const command = commandOf(step);
  const label = step.how.kind === 'task' ? 'allowPullRequest' : 'allow-pull-request';
  if (givenTo(step, 'allow-pull-request') === 'true') {
    const detail = `${command} runs for pull requests (${trigger}) and ${label} lets it write, with what a pull request changes`;
    return [findingAt(step.place, warning(subject, detail, `leave out ${label}`))];
  }
  return [
    note(subject, `${command} also runs for pull requests (${trigger}), where it is a dry run and writes nothing`),
  ];
}

function triggerOf({ root }: RunStep): string | undefined {
  const on = childOf(root, 'on');
  if (on !== undefined) return namesInNode(on).find((name) => name === 'pull_request');
  const requests = childOf(root, 'pr');
  return requests === undefined || scalarOf(requests) === 'none' ? undefined : 'pr';
}

// A condition that tells events apart is taken at its word.
function excludesRequests({ job, node }: RunStep): boolean {
  const conditions = [job, node].flatMap((at: YamlNode | undefined) => [
    scalarOf(childOf(at, 'if')) ?? '',
    scalarOf(childOf(at, 'condition')) ?? '',
  ]);
  return conditions.some((text) => /event_name|pull_request|Build\.Reason/i.test(text));
}
