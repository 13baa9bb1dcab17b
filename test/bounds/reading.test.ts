import { expect, it } from 'vitest';
import { discover } from '../../core/discover/discover.ts';
import { FailureError } from '../../core/failure.ts';
import { createFiles } from '../../core/world/files.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';

const budget = 64 * 1024;
const dockerfile = 'FROM debian:12\n';
const filled = (text: string) => text.padEnd(20 * 1024, '# and so on\n');
const subject = {
  allowEmpty: false,
  files: [],
  include: [],
  exclude: [],
  images: [],
  imageInputs: {},
  tags: [],
  args: {},
  platforms: [],
};

async function discovered(files: Readonly<Record<string, string>>, exclude: readonly string[] = []) {
  const world = { ...createWorld(), files: createFiles(undefined, () => new Date(), budget).files };
  const root = repository(files);
  const found = async () => discover(world, { ...subject, root, exclude });
  return found().catch((thrown: unknown) => {
    if (thrown instanceof FailureError) return thrown.message.replaceAll(root, '');
    throw thrown;
  });
}

function four(name: string, text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(['a', 'b', 'c', 'd'].map((folder) => [`${folder}/${name}`, filled(text)]));
}

it.each([
  ['Dockerfiles', four('Dockerfile', dockerfile), '/d/Dockerfile'],
  ['Compose files', { Dockerfile: dockerfile, ...four('compose.yaml', '') }, '/d/compose.yaml'],
  ['ignore files', { Dockerfile: dockerfile, ...four('.gitignore', '') }, '/d/.gitignore'],
])('%s that are allowed each and too much together end a run with one sentence', async (_, files, last) => {
  const sentence = `would bring what is read of the repository to more than ${budget} bytes, which is the bound of a run; leave folders out with exclude, or give a folder of the repository.`;
  expect(await discovered(files)).toBe(`${last}: ${sentence}`);
  expect(await discovered({ ...files, [last.slice(1)]: '' })).toMatchObject({ failures: [] });
  expect(await discovered(files, ['d/'])).toMatchObject({ failures: [] });
});

it('a file that is read many times counts once', async () => {
  const world = createFiles(undefined, () => new Date(), budget).files;
  const path = `${repository({ Dockerfile: filled(dockerfile) })}/Dockerfile`;
  for (let read = 0; read < 10; read += 1) expect(await world.read(path, budget)).toHaveLength(20 * 1024);
});
