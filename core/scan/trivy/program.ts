import semver from 'semver';
import * as v from 'valibot';
import { fail } from '../../failure.ts';
import { digestOf } from '../../oci/digest.ts';
import type { World } from '../../ports.ts';
import type { ScannerIdentity } from '../finding.ts';
import { findTool } from '../tool.ts';
import type { ToolSpace } from '../tool-environment.ts';
import { describeExit } from '../tool-words.ts';

/** Releases that carried credential-stealing code (GHSA-69fq-xp46-6x23). */
const compromised: readonly string[] = ['0.69.4', '0.69.5', '0.69.6'];

// The first with a scan cache in memory, which several scans at a time need.
const oldest = '0.53.0';

const remedy = 'install Trivy, or name its executable with scanner-path';
const otherVersion = 'install another version of Trivy, or name its executable with scanner-path';

/** The Trivy executable and what is known of it before it first runs. */
export interface TrivyProgram {
  readonly file: string;
  readonly binary: NonNullable<ScannerIdentity['binary']>;
}

/** Finds Trivy, and refuses a release known to be compromised without running it where its bytes say so. */
export async function findTrivy(world: World, path: string | undefined): Promise<TrivyProgram> {
  const file = await findTool(world, { name: 'trivy', remedy, ...(path === undefined ? {} : { path }) });
  const bytes = Buffer.from(await world.files.read(file));
  // Go keeps the linker's settings and the module's version in the executable as plain text.
  const marks = compromised.flatMap((version) => [
    `pkg/version/app.ver=${version}`,
    `github.com/aquasecurity/trivy\tv${version}\t`,
  ]);
  if (marks.some((mark) => bytes.includes(mark))) throw refuse(file);
  return { file, binary: digestOf(bytes) };
}

const versionReport = v.object({
  Version: v.pipe(v.string(), v.minLength(1)),
  VulnerabilityDB: v.optional(v.object({ UpdatedAt: v.string(), NextUpdate: v.optional(v.string()) })),
});

/** Asks Trivy for its version and the dates of the database in the cache folder. */
export async function identifyTrivy(
  world: World,
  program: TrivyProgram,
  space: ToolSpace,
  cacheDirectory: string,
): Promise<ScannerIdentity> {
  const { file, binary } = program;
  const args = ['version', '--format', 'json', '--cache-dir', cacheDirectory];
  const exit = await world.exec({ file, args, env: space.env, cwd: space.cwd, timeout: 60_000 });
  const said = exit.kind === 'exited' ? readVersion(exit.stdout) : undefined;
  if (said === undefined) {
    throw fail('missing-tool', file, `does not answer as Trivy does: ${describeExit(exit)}`, remedy);
  }
  const version = said.Version.replace(/^v/, '');
  if (compromised.some((bad) => version.includes(bad))) throw refuse(file);
  if (semver.valid(version) !== null && semver.lt(version, oldest)) {
    throw fail('missing-tool', file, `is Trivy ${version}, older than ${oldest}`, otherVersion);
  }
  const { UpdatedAt, NextUpdate } = said.VulnerabilityDB ?? {};
  const expired = NextUpdate !== undefined && Date.parse(NextUpdate) < world.now().getTime();
  return {
    name: 'trivy',
    version,
    database: UpdatedAt ?? null,
    ...(expired ? { databaseExpired: true } : {}),
    binary,
  };
}

function readVersion(stdout: string): v.InferOutput<typeof versionReport> | undefined {
  try {
    return v.parse(versionReport, JSON.parse(stdout));
  } catch {
    return undefined;
  }
}

function refuse(file: string) {
  return fail(
    'missing-tool',
    file,
    `is one of the compromised releases of Trivy (${compromised.join(', ')}; GHSA-69fq-xp46-6x23)`,
    `${otherVersion}, and replace the credentials of every job that ran it`,
  );
}
