import type { Config } from '../../config/model.ts';
import { attempt, type Outcome } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { findTool } from '../../tools/find-tool.ts';
import { type DoctorFinding, ok, problem, problemOf } from '../check.ts';
import { askProgram, type VersionAnswer, versionIn } from './programs.ts';

/** The program that rolls images out; clusters themselves are not asked. */
export interface KubectlFacts {
  readonly file: Outcome<string>;
  readonly version?: VersionAnswer;
}

const remedy = 'install kubectl, or name it with kubectl-path';

/** Looks for kubectl; undefined where nothing is rolled out. */
export async function kubectlAtHand(world: World, { deploy }: Config): Promise<KubectlFacts | undefined> {
  if (deploy.targets.length === 0) return undefined;
  const path = deploy.kubectl === undefined ? {} : { path: deploy.kubectl };
  const file = await attempt('kubectl', () => findTool(world, { name: 'kubectl', remedy, ...path }));
  if (file.kind === 'failed') return { file };
  return { file, version: await askProgram(world, file.value, ['version', '--client']) };
}

/** Whether what rolls images out is there. */
export function kubectlFindings(facts: KubectlFacts | undefined): readonly DoctorFinding[] {
  if (facts === undefined) return [];
  const { file, version } = facts;
  if (file.kind === 'failed') return [problemOf(file.failure)];
  if (version?.kind === 'version') return [ok('kubectl', `${versionIn(version.text)}, needed to deploy`)];
  const why = version?.kind === 'refused' ? version.why : 'it cannot be run';
  return [problem('kubectl', `${file.value} does not answer (${why})`, remedy)];
}
