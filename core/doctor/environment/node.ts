import { coerce, gte } from 'semver';
import { type DoctorFinding, note, ok, problem } from '../check.ts';

/** The oldest Node.js that every part of this program runs on. */
const baseline = '20.18.1';

/** Whether the Node.js that runs this is new enough. */
export function nodeFindings(version: string | undefined): readonly DoctorFinding[] {
  const found = coerce(version);
  if (version === undefined || found === null) return [note('Node.js', 'its version is not known')];
  if (gte(found, baseline)) return [ok('Node.js', version)];
  return [problem('Node.js', `${version} is older than ${baseline}`, `install Node.js ${baseline} or later`)];
}
