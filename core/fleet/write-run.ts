import { join } from 'node:path';
import { digestOf } from '../oci/digest.ts';
import type { RefreshPlan } from '../plan/plan.ts';
import type { Run } from '../refresh/context.ts';
import type { Work } from '../refresh/deliver.ts';
import type { ImageResult } from '../refresh/image-result.ts';
import { matrixOf, matrixOutputs } from './matrix.ts';
import { runOf } from './plan-run.ts';
import { type RunFile, serialiseRun } from './run-file.ts';

/** Saves the run that a plan comes to, and says what later jobs get of it. */
export async function writeRun(run: Run, plan: RefreshPlan, results: readonly ImageResult[] = []): Promise<Work> {
  return workOf(run, await runOf(run, plan, results));
}

/** Saves a run, and says what later jobs get of it. */
export async function workOf({ config, world, host }: Run, file: RunFile): Promise<Work> {
  const text = serialiseRun(file);
  const path = join(config.outputDirectory, 'run.json');
  await world.files.write(path, text);
  const first = file.legs.filter(({ level }) => level === 1);
  return {
    outputs: {
      ...matrixOutputs(file, host.kind === 'azure' ? 'azure' : 'github'),
      run: path,
      'run-digest': digestOf(text),
    },
    ...(config.matrix === undefined ? {} : { printed: matrixOf(first, config.matrix) }),
  };
}
