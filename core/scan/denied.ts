import semver from 'semver';
import { type FailureCode, type FailureError, fail } from '../failure.ts';
import { digestOf } from '../oci/digest.ts';
import type { World } from '../ports.ts';
import type { ScannerIdentity } from './finding.ts';

/** Releases of a scanner that are neither installed nor run, and whose reports do not count. */
export interface DeniedReleases {
  readonly tool: string;
  readonly title: string;
  readonly versions: readonly string[];
  /** What they are, with the advisory that says so. */
  readonly why: string;
  /** Text in the executable of a version, before the version and after it. */
  readonly marks: readonly { readonly before: string; readonly after: string }[];
}

/** Every release that is denied. */
export const deniedReleases: readonly DeniedReleases[] = [
  {
    tool: 'trivy',
    title: 'Trivy',
    versions: ['0.69.4', '0.69.5', '0.69.6'],
    why: 'a compromised release that steals credentials (GHSA-69fq-xp46-6x23)',
    // Go keeps the linker's settings and the module's version in the executable as plain text.
    marks: [
      { before: 'pkg/version/app.ver=', after: '' },
      { before: 'github.com/aquasecurity/trivy\tv', after: '\t' },
    ],
  },
];

/** A scanner's executable, and what is known of it before it first runs. */
export interface ExaminedProgram {
  readonly file: string;
  readonly binary: NonNullable<ScannerIdentity['binary']>;
}

/** Reads a scanner's executable before it first runs; throws `missing-tool` where its bytes are those of a denied release, whatever it is called. */
export async function examineProgram(world: World, file: string): Promise<ExaminedProgram> {
  const bytes = Buffer.from(await world.files.read(file));
  for (const releases of deniedReleases) {
    const version = deniedVersionIn(bytes, releases);
    if (version !== undefined) throw refusal('missing-tool', file, releases, version);
  }
  return { file, binary: digestOf(bytes) };
}

// An executable has more than a hundred megabytes: it is searched for what stands before every version, not for each.
function deniedVersionIn(bytes: Buffer, { versions, marks }: DeniedReleases): string | undefined {
  for (const { before, after } of marks) {
    for (let at = bytes.indexOf(before); at !== -1; at = bytes.indexOf(before, at + 1)) {
      const from = at + before.length;
      const found = versions.find((version) => {
        const mark = `${version}${after}`;
        return bytes.toString('latin1', from, from + mark.length) === mark;
      });
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Throws where a scanner says that it is a denied release; `subject` is its executable, the setting that asks for it, or what it scanned. */
export function refuseDenied(
  code: FailureCode,
  subject: string,
  identity: Pick<ScannerIdentity, 'name' | 'version'>,
): void {
  const denied = deniedRelease(identity);
  if (denied !== undefined) throw refusal(code, subject, denied.releases, denied.version);
}

/** The denied release that a scanner says it is; undefined where it is not one. */
export function deniedRelease({ name, version: stated }: Pick<ScannerIdentity, 'name' | 'version'>) {
  const words = name
    .slice(0, 200)
    .toLowerCase()
    .split(/[^a-z]/);
  const version = semver.coerce(stated.slice(0, 200))?.version ?? '';
  const releases = deniedReleases.find(({ tool, versions }) => words.includes(tool) && versions.includes(version));
  return releases === undefined ? undefined : { releases, version };
}

function refusal(code: FailureCode, subject: string, { title, why }: DeniedReleases, version: string): FailureError {
  const remedy = `use another version of ${title}, and replace the credentials of every job that ran this one`;
  return fail(code, subject, `${title} ${version} is ${why}`, remedy);
}
