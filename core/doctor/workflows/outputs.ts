import { outputs } from '../../inputs/run.ts';
import { camelCase } from '../../settings/input.ts';
import { nearest } from '../../settings/value.ts';
import type { YamlNode } from '../../settings/yaml.ts';
import { childOf, entriesOf, scalarOf } from '../../settings/yaml-node.ts';
import { type DoctorFinding, findingAt, problem, warning } from '../check.ts';
import { type Line, linesIn, mappingsIn } from './node.ts';
import type { RunStep } from './step.ts';

/** Outputs that a step of this program does not have, wherever its file reads them. */
export function outputFindings(step: RunStep): readonly DoctorFinding[] {
  const { how, root, place, id } = step;
  if (id === undefined || how.kind === 'script' || !/^[\w-]+$/.test(id)) return [];
  const isTask = how.kind === 'task';
  const known = outputs.map(({ name }) => (isTask ? camelCase(name) : name));
  // Azure: $(NAME.output) in the job, outputs['NAME.output'] in others.
  const read = isTask
    ? new RegExp(`(?:\\$\\(|outputs\\[['"](?:[\\w-]+\\.)?)${id}\\.(\\w+)(?=\\)|['"]\\])`, 'g')
    : new RegExp(`\\bsteps\\.${id}\\.outputs\\.([\\w-]+)`, 'g');
  // A composite action hands outputs on outside of its steps.
  const lines = linesIn(isTask || step.within === 'composite' ? root : step.job);
  return lines.flatMap(({ text, line }) =>
    [...text.matchAll(read)].flatMap(([, name = '']) => {
      if (known.includes(name)) return [];
      const at = { path: place.path, line };
      const detail = `${name} is not an output of the step ${id}`;
      return [findingAt(at, problem(`${place.path}:${line}`, detail, `the nearest output is ${nearest(name, known)}`))];
    }),
  );
}

/** Whether jobs of a matrix that this program plans are left out where the matrix is empty. */
export function matrixFindings(step: RunStep): readonly DoctorFinding[] {
  const { how, root, place } = step;
  if (how.kind === 'script') return [];
  const jobs = how.kind === 'action' ? entriesOf(childOf(root, 'jobs')).map(({ value }) => value) : mappingsIn(root);
  return jobs.flatMap((job) => {
    const matrix = matrixOf(job);
    if (matrix === undefined || !readsPlan(step, matrix.text)) return [];
    const condition = scalarOf(childOf(job, how.kind === 'action' ? 'if' : 'condition')) ?? '';
    if (/has-?work|levels|count|matrix/i.test(condition)) return [];
    const at = { path: place.path, line: matrix.line };
    const [detail, remedy] =
      how.kind === 'action'
        ? ['an empty matrix fails the job', "add if: needs.JOB.outputs.has-work == 'true'"]
        : [
            'an empty matrix runs the job once, without an image',
            "add condition: and(succeeded(), eq(dependencies.JOB.outputs['NAME.hasWork'], 'true'))",
          ];
    return [findingAt(at, warning(`${place.path}:${matrix.line}`, detail, remedy))];
  });
}

function matrixOf(job: YamlNode): Line | undefined {
  const node = childOf(job, 'strategy', 'matrix');
  const text = scalarOf(node);
  return node === undefined || text === undefined ? undefined : { text, line: node.line };
}

// Outputs of a job have names of their own, which that job gives to those of the step.
function readsPlan({ how, id, jobName, job }: RunStep, text: string): boolean {
  if (id === undefined) return false;
  if (how.kind === 'task') return new RegExp(`outputs\\[['"](?:[\\w-]+\\.)?${id}\\.matrix\\d?['"]`).test(text);
  const [, needed, output] = /needs\.([\w-]+)\.outputs\.([\w-]+)/.exec(text) ?? [];
  if (needed === undefined || needed !== jobName) return false;
  const given = scalarOf(childOf(job, 'outputs', output ?? '')) ?? '';
  return new RegExp(`steps\\.${id}\\.outputs\\.matrix(?:-\\d)?\\b(?!-)`).test(given);
}
