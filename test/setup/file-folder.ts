import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll } from 'vitest';
import { cacheRoot } from '../../scripts/provision/cache.mjs';

// Loaded before every test file: what it and its programs write stays below a folder that no other file has.
const own = mkdtempSync(join(process.env.TEST_RUN_FOLDER ?? '', 't'));
process.env.TMPDIR = own;
// What runs keep for later ones is not for other tests, nor for the next time; the parts that tests use are where they were.
process.env.BASE_IMAGE_REFRESH_CACHE = cacheRoot();
process.env.XDG_CACHE_HOME = join(process.env.TEST_RUN_FOLDER ?? '', 'caches', basename(own));

// These tests may themselves run for a pull request, and try what others do in none.
for (const name of ['GITHUB_EVENT_NAME', 'GITHUB_BASE_REF', 'BUILD_REASON', 'SYSTEM_PULLREQUEST_TARGETBRANCH']) {
  delete process.env[name];
}

// Registered first, so that it runs after every other hook of the file.
afterAll(() => {
  const left = readdirSync(own);
  rmSync(own, { recursive: true, force: true, maxRetries: 5 });
  if (left.length > 0) throw new Error(`left in the folder for temporary files: ${left.join(', ')}`);
});
