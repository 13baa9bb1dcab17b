import semver from 'semver';
import * as v from 'valibot';
import { fail } from '../../failure.ts';
import { digestOf } from '../../oci/digest.ts';
import type { World } from '../../ports.ts';
import { exitFailure } from '../../text/exit-words.ts';
import type { ToolSpace } from '../../tools/tool-space.ts';
import type { ScannerIdentity } from '../finding.ts';
import { compromisedTrivy as compromised } from '../install/releases.ts';

// The first with a scan cache in memory, which several scans at a time need.
const oldest = '0.53.0';

const remedy = 'install Trivy, let scanner-install do it, or name its executable with scanner-path';
const otherVersion = 'install another version of Trivy, or name its executable with scanner-path';

/** The Trivy executable and what is known of it before it first runs. */
export interface TrivyProgram {
  readonly file: string;
  readonly binary: NonNullable<ScannerIdentity['binary']>;
}

/** Refuses a release known to be compromised without running it where its bytes say so. */
export async function examineTrivy(world: World, file: string): Promise<TrivyProgram> {
  const bytes = Buffer.from(await world.files.read(file));
  // Go keeps the linker's settings and the module's version in the executable as plain text.
  const marks = compromised.flatMap((version) => [
    `pkg/version/app.ver=${version}`,
    `github.com/aquasecurity/trivy\tv${version}\t`,
  ]);
  if (marks.some((mark) => bytes.includes(mark))) throw refuse(file);
  return { file, binary: digestOf(bytes) };
}

const versionReport = v.object({ Version: v.pipe(v.string(), v.minLength(1)) });

/** Asks Trivy for its version; throws `missing-tool` where it must not or cannot be used. */
export async function versionOfTrivy(world: World, { file }: TrivyProgram, space: ToolSpace): Promise<string> {
  const args = ['version', '--format', 'json'];
  const exit = await world.exec({ file, args, env: space.env, cwd: space.cwd, timeout: 60_000 });
  const version = exit.kind === 'exited' ? parse(versionReport, exit.stdout)?.Version.replace(/^v/, '') : undefined;
  if (version === undefined) {
    const problem = 'does not answer as Trivy does';
    throw exitFailure(exit, { code: 'missing-tool', subject: file, step: 'trivy', problem, remedy, install: remedy });
  }
  if (compromised.includes(semver.coerce(version)?.version ?? '')) throw refuse(file);
  if (semver.valid(version) !== null && semver.lt(version, oldest)) {
    throw fail('missing-tool', file, `is Trivy ${version}, older than ${oldest}`, otherVersion);
  }
  return version;
}

function refuse(file: string) {
  return fail(
    'missing-tool',
    file,
    `is one of the compromised releases of Trivy (${compromised.join(', ')}; GHSA-69fq-xp46-6x23)`,
    `${otherVersion}, and replace the credentials of every job that ran it`,
  );
}

function parse<T extends v.GenericSchema>(schema: T, json: string): v.InferOutput<T> | undefined {
  try {
    return v.parse(schema, JSON.parse(json));
  } catch {
    return undefined;
  }
}
