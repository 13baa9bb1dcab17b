import type { YamlNode } from '../../settings/yaml.ts';
import { childOf, elementsOf, entriesOf, scalarOf } from '../../settings/yaml-node.ts';
import type { CiFile } from './files.ts';
import { mappingsIn } from './node.ts';
import type { Given, RunStep } from './step.ts';

const program = /(?:^|[\s;&|(/])base-image-refresh(?:@\S+)?\s+[a-z]/;

/** The steps of a file that run this program. */
export function stepsOf(file: CiFile): readonly RunStep[] {
  if (file.root.kind !== 'done' || file.root.value === undefined) return [];
  return file.kind === 'github' ? workflowSteps(file.path, file.root.value) : pipelineSteps(file.path, file.root.value);
}

function workflowSteps(path: string, root: YamlNode): readonly RunStep[] {
  return entriesOf(childOf(root, 'jobs')).flatMap(({ key: jobName, value: job }) => {
    const steps = elementsOf(childOf(job, 'steps'));
    return steps.flatMap((node, at) => {
      const how = howOf(node);
      if (how === undefined) return [];
      const around = { before: steps.slice(0, at), job, root, jobName };
      const place = { path, line: childOf(node, how.key)?.line ?? node.line };
      return [{ place, how: how.value, given: givenIn(node, 'with'), env: givenIn(node, 'env'), ...around }];
    });
  });
}

function howOf(node: YamlNode): { readonly key: string; readonly value: RunStep['how'] } | undefined {
  const used = scalarOf(childOf(node, 'uses')) ?? '';
  const reference = /(?:^|\/)base-image-refresh(?:\/[^@]*)?@(.+)$/i.exec(used)?.[1];
  if (reference !== undefined) return { key: 'uses', value: { kind: 'action', reference } };
  const text = scalarOf(childOf(node, 'run')) ?? '';
  return program.test(text) ? { key: 'run', value: { kind: 'script', text } } : undefined;
}

// Templates put steps below conditions, so they are looked for wherever they stand.
function pipelineSteps(path: string, root: YamlNode): readonly RunStep[] {
  const jobs = mappingsIn(root).filter((mapping) => childOf(mapping, 'steps') !== undefined);
  return jobs.flatMap((job) => {
    const steps = mappingsIn(childOf(job, 'steps') ?? job);
    return steps.flatMap((node, at): readonly RunStep[] => {
      const how = taskOf(node);
      if (how === undefined) return [];
      const place = { path, line: childOf(node, how.key)?.line ?? node.line };
      const before = steps.slice(0, at);
      return [{ place, how: how.value, given: givenIn(node, 'inputs'), env: givenIn(node, 'env'), before, job, root }];
    });
  });
}

function taskOf(node: YamlNode): { readonly key: string; readonly value: RunStep['how'] } | undefined {
  if (/^BaseImageRefresh@/i.test(scalarOf(childOf(node, 'task')) ?? ''))
    return { key: 'task', value: { kind: 'task' } };
  for (const key of ['script', 'bash', 'pwsh', 'powershell']) {
    const text = scalarOf(childOf(node, key));
    if (text !== undefined && program.test(text)) return { key, value: { kind: 'script', text } };
  }
  return undefined;
}

function givenIn(node: YamlNode, key: string): readonly Given[] {
  return entriesOf(childOf(node, key)).flatMap(({ key: name, value, line }) => {
    const text = scalarOf(value);
    return text === undefined ? [] : [{ name, text, line }];
  });
}
