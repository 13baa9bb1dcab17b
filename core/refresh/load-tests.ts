import { resolve } from 'node:path';
import type { Config } from '../config/model.ts';
import { testsFor } from '../config/per-image.ts';
import type { Build } from '../discover/build.ts';
import { readNamedFile } from '../discover/read-file.ts';
import { attempt, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import type { Tests } from '../validate/settings.ts';
import { readStructureTests } from '../validate/structure/read.ts';

/** Reads an image's tests before anything is built; throws `config` where one cannot be read or is not one. */
export async function loadTests(world: Pick<World, 'files'>, config: Config, build: Build): Promise<Tests> {
  const settings = testsFor(config, build);
  const structure = await Promise.all(
    settings.structure.map(async (file) => {
      const read = await attempt(file, () => readNamedFile(world, config.root, resolve(config.root, file)));
      if (read.kind === 'done') return readStructureTests(Buffer.from(read.value).toString('utf8'), file);
      const detail = `is named in tests.structure but ${read.failure.detail}`;
      throw fail('config', file, detail, 'correct the path, or take it out');
    }),
  );
  return { settings, structure };
}
