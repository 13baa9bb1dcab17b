import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './shell.mjs';

// Bookworm has no UPX; sid's runs with the libraries that it was built for.
const packages = ['upx-ucl', 'libucl1', 'zlib1g', 'libc6', 'libstdc++6', 'libgcc-s1'].map((name) => `${name}/sid`);

/** Replaces a program that UPX packed by what was packed: the packed one takes seconds of each start to unpack itself. */
export async function unpackProgram(openApt, program, temporary) {
  if (!(await isPacked(program))) return;
  const folder = join(temporary, 'upx');
  const unpacked = join(folder, 'unpacked');
  try {
    await mkdir(folder, { recursive: true });
    const apt = await openApt();
    await apt.unpack(packages, folder);
    const libraries = join(folder, 'usr/lib/x86_64-linux-gnu');
    const loader = [join(libraries, 'ld-linux-x86-64.so.2'), '--library-path', libraries];
    await run(loader[0], [...loader.slice(1), join(folder, 'usr/bin/upx-ucl'), '-d', '-q', '-o', unpacked, program]);
    await run(unpacked, ['--version']);
    await rename(unpacked, program);
  } catch (error) {
    console.log(`provision: ${program} stays packed, and slow to start: ${error.message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// The loader that UPX puts first in a program says its name within the first page.
async function isPacked(program) {
  const file = await open(program);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead).includes('UPX!');
  } finally {
    await file.close();
  }
}
