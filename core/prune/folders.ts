import { posix } from 'node:path';
import { attempt, type Failure } from '../failure.ts';
import type { Files, Leftover } from '../ports.ts';

/** What became of the folders that dead runs left. */
export interface FolderSweep {
  readonly removed: readonly Leftover[];
  readonly failed: readonly Failure[];
}

// Files that tools take logins from, by the names that they have in the folders of a run.
const credential = /^(?:config|auth)\.json$|kubeconfig|secret|token|password|\.(?:key|pem|pfx)$/i;
/** The folder of a run, one of its folders, and the home of a tool in it. */
const deepest = 3;

/** Removes the temporary folders of runs that are dead: credentials of all of them first, then the rest. */
export async function sweepFolders(files: Files): Promise<FolderSweep> {
  const dead = (await files.leftovers()).filter(({ state }) => state === 'dead');
  const failed: Failure[] = [];
  const tried = async (path: string, work: () => Promise<void>): Promise<boolean> => {
    const outcome = await attempt(path, work);
    if (outcome.kind === 'failed') failed.push(outcome.failure);
    return outcome.kind === 'done';
  };
  for (const { path } of dead) await tried(path, () => removeCredentials(files, path, deepest));
  const removed: Leftover[] = [];
  for (const leftover of dead) {
    if (await tried(leftover.path, () => files.remove(leftover.path))) removed.push(leftover);
  }
  return { removed, failed };
}

async function removeCredentials(files: Files, folder: string, depth: number): Promise<void> {
  for (const { name, kind } of await files.list(folder)) {
    const path = posix.join(folder, name);
    if (kind === 'directory' && depth > 0) await removeCredentials(files, path, depth - 1);
    if (kind === 'file' && credential.test(name)) await files.remove(path);
  }
}
