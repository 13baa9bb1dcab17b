import { expect, onTestFinished, test } from 'vitest';
import { type BuildReader, buildReaders } from '../../core/discover/readers.ts';
import { type StatedBuild, type StatedBy, statedBy, strongest } from '../../core/discover/stated.ts';
import { readStatements, statingFiles } from '../../core/discover/stating-files.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { namesOf } from '../../core/table.ts';
import { createWorld } from '../../core/world.ts';
import { readerTable } from '../../scripts/generate/families.ts';
import { repository } from '../hosts/repository.ts';

const name = 'earth' as StatedBy;
const earth: BuildReader = {
  files: '`Earthfile`',
  states: 'its targets',
  isFile: (path) => path.endsWith('Earthfile'),
  read: async ({ read }, paths) => {
    const builds = paths.map(async (path): Promise<StatedBuild> => {
      const image = parseReference(((await read(path)) ?? '').trim());
      const none = { args: {}, contexts: {}, platforms: [] };
      return { by: name, from: path, name: 'app', dockerfile: 'Dockerfile', context: '.', images: [image], ...none };
    });
    return { builds: await Promise.all(builds), notices: [], failures: [] };
  },
};
const table = { ...buildReaders, earth };

test('a reader that joins the table finds its files, and what they state stands among the others', async () => {
  const root = repository({
    Earthfile: 'r.example/earth:1\n',
    'compose.yaml': 'services: { web: { build: ., image: "r.example/web:1" } }\n',
  });
  const world = createWorld({ cwd: root });
  onTestFinished(() => world.close());
  const paths = ['Earthfile', 'compose.yaml', 'README.md'];
  expect(paths.filter(statingFiles(table))).toEqual(['Earthfile', 'compose.yaml']);
  expect(paths.filter(statingFiles())).toEqual(['compose.yaml']);
  const { builds } = await readStatements({ world, root, dockerfiles: ['Dockerfile'] }, paths, table);
  expect(builds.map(({ by }) => by)).toEqual(['compose', 'earth']);
  expect(strongest(builds, [...statedBy, name]).map(({ by }) => by)).toEqual(['compose']);
  expect(strongest(builds, [name, ...statedBy]).map(({ by }) => by)).toEqual(['earth']);
});

test('documentation has it', () => {
  expect(readerTable(table, [...statedBy, name])).toMatch(/\| `Earthfile` +\| its targets +\|/);
  expect([...namesOf(buildReaders)]).toEqual([...statedBy]);
});
