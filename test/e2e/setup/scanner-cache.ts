import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTrivyDatabase } from '../../../testing/trivy-db.ts';

/** A cache folder for Trivy that holds the small database; its severities are invented for tests. */
export async function scannerCache(): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'bir-trivy-'));
  await mkdir(join(cache, 'db'));
  for (const [name, content] of Object.entries(makeTrivyDatabase())) await writeFile(join(cache, 'db', name), content);
  return cache;
}
