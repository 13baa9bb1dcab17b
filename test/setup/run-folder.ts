import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Gives the run a folder, below which every test file has its own for temporary files, and removes it at the end. */
export default function runFolder(project: TestProject): () => void {
  // Short: the sockets of engines lie below it, and the path of a socket has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'bir-'));
  process.env.TEST_RUN_FOLDER = folder;
  // What tests share was made from the sources as they were.
  project.onTestsRerun(() => rmSync(join(folder, 'shared'), { recursive: true, force: true }));
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
