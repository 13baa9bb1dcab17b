import { type DoctorFinding, note, ok, warning } from '../check.ts';
import type { Examination } from '../examination.ts';
import { askProgram, type VersionAnswer, versionIn } from './programs.ts';

/** What git says of itself and of the folder. */
export interface GitFacts {
  readonly version: VersionAnswer;
  /** `true` or `false`; refused where the folder is in no repository. */
  readonly shallow: VersionAnswer;
}

/** Asks git for its version, and whether the repository holds its history. */
export async function gitAtHand({ world, config }: Examination): Promise<GitFacts> {
  const [version, shallow] = await Promise.all([
    askProgram(world, 'git', ['--version'], config.root),
    askProgram(world, 'git', ['rev-parse', '--is-shallow-repository'], config.root),
  ]);
  return { version, shallow };
}

/** Whether git is at hand, with the history that some evidence needs. */
export function gitFindings({ version, shallow }: GitFacts): readonly DoctorFinding[] {
  if (version.kind === 'absent') {
    return [
      warning(
        'git',
        'is not installed, so git history cannot serve as evidence of what an image was built on',
        'install git',
      ),
    ];
  }
  if (version.kind === 'refused') return [warning('git', `does not answer (${version.why})`, 'check its installation')];
  const installed = ok('git', versionIn(version.text));
  if (shallow.kind !== 'version') return [installed, note('git history', 'the folder is not in a git repository')];
  if (shallow.text !== 'true') return [installed];
  const detail =
    'the clone is shallow, so digests pinned in Dockerfiles are no evidence for images built from older commits';
  return [
    installed,
    note('git history', detail, 'fetch the whole history, such as with fetch-depth: 0 of actions/checkout'),
  ];
}
