import { type FailureError, fail } from '../failure.ts';
import { familiar, parseReference } from '../oci/reference.ts';
import { currentDigest } from '../promote/release.ts';
import type { Run } from '../refresh/context.ts';
import type { ListedImage, RunFile } from './run-file.ts';

/** The base of the same run that names another image than when it was planned: what was current on it is so no more. */
export async function replacedParent(
  run: Run,
  { images }: RunFile,
  { parents }: ListedImage,
): Promise<string | undefined> {
  for (const { name, releases } of images.filter((one) => parents.includes(one.name))) {
    const [release] = releases;
    if (release === undefined) continue;
    const now = await currentDigest(run.registry, parseReference(release.reference));
    if ((now ?? null) !== release.digest) return name;
  }
  return undefined;
}

/** The failure of an image that its leg calls current though that base went on without it. */
export function notFollowed(reference: string, parent: string): FailureError {
  const fact = `names the same as when the run was planned, while its base ${parent} names another image since, and its leg reports it as current`;
  return fail('base-unknown', familiar(parseReference(reference)), fact, 'run the leg again', { retryable: true });
}
