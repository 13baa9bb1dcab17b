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
  const runs = childOf(root, 'runs');
  if (/^composite$/i.test(scalarOf(childOf(runs, 'using')) ?? '')) return stepsIn(path, root, runs, 'composite');
  return entriesOf(childOf(root, 'jobs')).flatMap(({ key, value: job }) => [
    ...callIn(path, root, job, key),
    ...stepsIn(path, root, job, 'job', key),
  ]);
}

function stepsIn(
  path: string,
  root: YamlNode,
  job: YamlNode | undefined,
  within: 'job' | 'composite',
  jobName?: string,
): readonly RunStep[] {
  const steps = elementsOf(childOf(job, 'steps'));
  return steps.flatMap((node, at): readonly RunStep[] => {
    const how = howOf(node);
    if (how === undefined || job === undefined) return [];
    const around = { node, before: steps.slice(0, at), after: steps.slice(at + 1), job, root, within };
    const place = { path, line: childOf(node, how.key)?.line ?? node.line };
    return [
      {
        ...{ place, how: how.value, ...idIn(node, 'id'), ...(jobName === undefined ? {} : { jobName }) },
        ...{ given: givenIn(node, 'with'), env: givenIn(node, 'env'), ...around },
      },
    ];
  });
}

// jobs.<job_id>.uses: the job is the reusable workflow of this program.
function callIn(path: string, root: YamlNode, job: YamlNode, jobName: string): readonly RunStep[] {
  const used = childOf(job, 'uses');
  const reference = /(?:^|\/)base-image-refresh\/\.github\/workflows\/refresh\.ya?ml@(.+)$/i.exec(
    scalarOf(used) ?? '',
  )?.[1];
  if (used === undefined || reference === undefined) return [];
  const nothing = { before: [], after: [], env: [] };
  const how = { kind: 'action', reference } as const;
  const place = { path, line: used.line };
  return [{ place, how, within: 'call', given: givenIn(job, 'with'), node: job, job, root, jobName, ...nothing }];
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
      const around = {
        node,
        before: steps.slice(0, at),
        after: steps.slice(at + 1),
        job,
        root,
        within: 'job' as const,
      };
      return [
        {
          ...{ place, how: how.value, ...idIn(node, 'name') },
          ...{ given: givenIn(node, 'inputs'), env: givenIn(node, 'env'), ...around },
        },
      ];
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

function idIn(node: YamlNode, key: string): Pick<RunStep, 'id'> {
  const id = scalarOf(childOf(node, key));
  return id === undefined ? {} : { id };
}

function givenIn(node: YamlNode, key: string): readonly Given[] {
  return entriesOf(childOf(node, key)).flatMap(({ key: name, value, line }) => {
    const text = scalarOf(value);
    return text === undefined ? [] : [{ name, text, line }];
  });
}
