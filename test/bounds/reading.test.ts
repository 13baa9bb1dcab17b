import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  // They are read side by side: any of them may be the one that is too much.
  const said = await discovered(files);
  expect(typeof said === 'string' ? said.replace(/^\/[a-d]\//, '/d/') : said).toBe(`${last}: ${sentence}`);
  expect(await discovered({ ...files, [last.slice(1)]: '' })).toMatchObject({ failures: [] });
  expect(await discovered(files, ['d/'])).toMatchObject({ failures: [] });
});

it.each<[string, (path: string) => void, string]>([
  [
    'a link out of the repository',
    (path) => symlinkSync('/etc/passwd', path),
    'is a link to a file outside the repository',
  ],
  ['a link to nothing', (path) => symlinkSync('gone.yaml', path), 'no such file or folder'],
  ['a device', (path) => symlinkSync('/dev/zero', path), 'is a link to a file outside the repository'],
  [
    'a file without end',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
    },
    `has ${2 ** 40} bytes, which is more than the bound of ${4 * 1024 * 1024}`,
  ],
])('%s in place of a Compose file is a warning, since images may be named there', async (_, make, why) => {
  const root = repository({ Dockerfile: dockerfile });
  make(join(root, 'compose.yaml'));
  make(join(root, 'values.yaml'));
  const { notices, failures } = await discover(createWorld(), { ...subject, root });
  expect(failures).toEqual([]);
  expect(notices).toEqual([
    {
      subject: 'compose.yaml',
      detail: `cannot be read (${why}), so what it says of images is not known`,
      remedy: 'put a file there that can be read, or name its images under images: in .base-image-refresh.yml',
    },
  ]);
});

it('a file that is read many times counts once', async () => {
  const world = createFiles(undefined, () => new Date(), budget).files;
  const path = `${repository({ Dockerfile: filled(dockerfile) })}/Dockerfile`;
  for (let read = 0; read < 10; read += 1) expect(await world.read(path, budget)).toHaveLength(20 * 1024);
});
