import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The folder that holds every part; shared by all checkouts of one user unless the variable says otherwise. */
export function cacheRoot(env = process.env) {
  if (env.BASE_IMAGE_REFRESH_CACHE) return env.BASE_IMAGE_REFRESH_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'base-image-refresh', 'tools');
}

/** SHA-256 of a file as lower-case hexadecimal text. */
export async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** What an earlier run left for a part, or null when it must be made again. */
export async function recorded(root, name, key) {
  try {
    const record = JSON.parse(await readFile(join(root, 'records', `${name}.json`), 'utf8'));
    if (record.key !== key || record.missing !== undefined) return null;
    return Object.values(record.paths).every((path) => existsSync(path)) ? record : null;
  } catch {
    return null;
  }
}

let written = Promise.resolve();

/** Writes one part's record, and parts.json as the union of all of them. */
export function record(root, name, entry) {
  const done = written.then(() => write(root, name, entry));
  written = done.catch(() => {});
  return done;
}

async function write(root, name, entry) {
  const folder = join(root, 'records');
  await mkdir(folder, { recursive: true });
  await replace(join(folder, `${name}.json`), entry);
  const parts = {};
  for (const file of (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()) {
    parts[file.replace(/\.json$/, '')] = JSON.parse(await readFile(join(folder, file), 'utf8'));
  }
  await replace(join(root, 'parts.json'), parts);
}

async function replace(path, value) {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
  await rename(temporary, path);
}

/** Makes a folder through `work(temporary)` and puts it in place at once, so that a broken run leaves nothing half made. */
export async function place(root, name, work) {
  const final = join(root, name);
  const temporary = join(root, 'tmp', `${name}-${process.pid}`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    await work(temporary);
    await rm(final, { recursive: true, force: true });
    await rename(temporary, final);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return final;
}

/** Holds the cache for one process at a time; a lock whose owner is gone is taken over. */
export async function withLock(root, work) {
  await mkdir(root, { recursive: true });
  const path = join(root, 'lock');
  for (let waited = 0; ; waited += 1) {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      await takeOver(path);
      if (waited === 10) console.log('provision: waiting for another run that uses the same cache');
      if (waited > 3000) throw new Error(`the cache is locked by another run: ${path}`);
      await delay(200);
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeOver(path) {
  try {
    const owner = Number(await readFile(path, 'utf8'));
    if (owner > 0) process.kill(owner, 0);
  } catch (error) {
    if (error.code === 'ESRCH') await rm(path, { force: true });
  }
}
