import { posix } from 'node:path';
import { attempt, fail } from '../failure.ts';
import type { Reference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { readGrypeYaml } from './ignore/grype-yaml.ts';
import type { ReadIgnores } from './ignore/ignores.ts';
import { readTrivyignore } from './ignore/trivyignore.ts';
import { readTrivyignoreYaml } from './ignore/trivyignore-yaml.ts';
import type { GatePolicy } from './policy.ts';
import { readVex } from './vex/read.ts';

/** A policy with what its files say, and what of them could not be taken over, in sentences. */
export interface LoadedPolicy {
  readonly policy: GatePolicy;
  readonly notes: readonly string[];
}

/**
 * Adds the exceptions of a policy's ignore files and VEX documents to its own. A file that is not there is an error:
 * who names one counts on it. `image` is what documents about a whole image are held against.
 */
export async function loadPolicy(
  world: World,
  root: string,
  policy: GatePolicy,
  image?: Reference,
): Promise<LoadedPolicy> {
  const { ignoreFiles = [], vexFiles = [] } = policy;
  const read = await Promise.all([
    ...ignoreFiles.map(async (file) => readIgnores(await textOf(world, root, file, 'gate.ignore-files'), file)),
    ...vexFiles.map(async (file) => readVex(await textOf(world, root, file, 'gate.vex-files'), file, image)),
  ]);
  return {
    policy: { ...policy, exceptions: [...policy.exceptions, ...read.flatMap(({ exceptions }) => exceptions)] },
    notes: read.flatMap(({ skipped }) => skipped),
  };
}

async function textOf(world: World, root: string, file: string, key: string): Promise<string> {
  const read = await attempt(file, () => world.files.readText(posix.resolve(root, file)));
  if (read.kind === 'done') return read.value;
  throw fail('config', file, `is named in ${key} but ${read.failure.detail}`, 'correct the path, or take it out');
}

// By name, as the tools themselves tell their files apart.
function readIgnores(text: string, file: string): ReadIgnores {
  if (!/\.ya?ml$/i.test(file)) return readTrivyignore(text, file);
  return posix.basename(file).toLowerCase().includes('grype')
    ? readGrypeYaml(text, file)
    : readTrivyignoreYaml(text, file);
}
