import semver from 'semver';
import * as v from 'valibot';
import { fail } from '../../failure.ts';
import { parseJson } from '../../json.ts';
import type { World } from '../../ports.ts';
import { exitFailure } from '../../text/exit-words.ts';
import type { ToolSpace } from '../../tools/tool-space.ts';
import { type ExaminedProgram, refuseDenied } from '../denied.ts';

// The first with a scan cache in memory, which several scans at a time need.
const oldest = '0.53.0';

const remedy = 'install Trivy, let --scanner-install do it, or name its executable with --scanner-path';
const otherVersion = 'install another version of Trivy, or name its executable with --scanner-path';

const versionReport = v.object({ Version: v.pipe(v.string(), v.minLength(1)) });

/** Asks Trivy for its version; throws `missing-tool` where it must not or cannot be used. */
export async function versionOfTrivy(world: World, { file }: ExaminedProgram, space: ToolSpace): Promise<string> {
  const { exit, version } = await ask(world, file, space);
  if (version === undefined) {
    const problem = 'does not answer as Trivy does';
    throw exitFailure(exit, { code: 'missing-tool', subject: file, step: 'trivy', problem, remedy, install: remedy });
  }
  refuseDenied('missing-tool', file, { name: 'trivy', version });
  if (semver.valid(version) !== null && semver.lt(version, oldest)) {
    throw fail('missing-tool', file, `is Trivy ${version}, older than ${oldest}`, otherVersion);
  }
  return version;
}

/** Asks a program that is called Trivy for its version, undefined where it does not say; throws `missing-tool` for one that is denied. */
export async function undeniedVersion(world: World, file: string, space: ToolSpace): Promise<string | undefined> {
  const { version } = await ask(world, file, space);
  if (version !== undefined) refuseDenied('missing-tool', file, { name: 'trivy', version });
  return version;
}

async function ask(world: World, file: string, space: ToolSpace) {
  const args = ['version', '--format', 'json'];
  const exit = await world.exec({ file, args, env: space.env, cwd: space.cwd, timeout: 60_000 });
  const version = exit.kind === 'exited' ? parse(versionReport, exit.stdout)?.Version.replace(/^v/, '') : undefined;
  return { exit, version };
}

function parse<T extends v.GenericSchema>(schema: T, json: string): v.InferOutput<T> | undefined {
  try {
    return v.parse(schema, parseJson(json));
  } catch {
    return undefined;
  }
}
