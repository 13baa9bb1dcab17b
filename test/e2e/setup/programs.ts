import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layer, makeLayer, type TestFile } from '../../../testing/images.ts';
import { must } from './run.ts';

/** A program of this machine with the libraries that it loads: the files that are read, by their paths in a root. */
export async function programFiles(name: string): Promise<ReadonlyMap<string, string>> {
  const path = (await must('sh', ['-c', 'command -v "$1"', 'sh', name])).trim();
  // `true` is built into the shell, which then names no file.
  const source = path.startsWith('/') ? path : `/bin/${name}`;
  const libraries = [...(await must('ldd', [source])).matchAll(/\/\S+\.so\S*/g)].map(([library]) => library);
  return new Map([
    [join(name === 'env' ? 'usr/bin' : 'bin', name), source],
    ...libraries.map((each) => [each.slice(1), each] as const),
  ]);
}

/** A layer of a few megabytes that holds programs of this machine, for tests of which the engine is the point. */
export async function programsLayer(names: readonly string[]): Promise<Layer> {
  const files: Record<string, TestFile> = {
    'tmp/': { directory: true, mode: 0o1777 },
    'var/lib/': { directory: true },
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  };
  for (const name of names)
    for (const [path, source] of await programFiles(name))
      files[path] = { content: await readFile(source), mode: 0o755 };
  return makeLayer(files);
}
