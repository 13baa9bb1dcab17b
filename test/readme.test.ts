import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inputsOf } from '../core/inputs.ts';
import { commands } from '../core/settings/commands.ts';
import { type Image, makeImage, makeLayer } from '../testing/images.ts';
import { pushImage } from '../testing/push.ts';
import { startRegistry } from '../testing/registry.ts';
import { useBundles } from './hosts/bundles.ts';
import { repository } from './hosts/repository.ts';
import { runProcess } from './hosts/run.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const bundles = useBundles();

const compose = `services:
  web: { build: web, image: "ghcr.io/acme/web:1" }
  worker: { build: worker, image: "ghcr.io/acme/worker:1" }
  jobs: { build: jobs, image: "ghcr.io/acme/jobs:1" }
  proxy: { build: proxy, image: "ghcr.io/acme/proxy:1" }
  docs: { build: docs, image: "ghcr.io/acme/docs:1" }
`;
const repositoryOfReadme = {
  'compose.yaml': compose,
  'web/Dockerfile': 'FROM debian:12\n',
  'worker/Dockerfile': 'FROM debian:12\n',
  'jobs/Dockerfile': 'FROM debian:12\n',
  'proxy/Dockerfile': 'FROM nginx:1.29\n',
  'docs/Dockerfile': 'FROM nginx:1.29\n',
};

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000 - 3_600_000).toISOString();

async function base(release: string, days: number): Promise<Image> {
  return makeImage({ layers: [await makeLayer({ 'etc/release': release })], created: daysAgo(days) });
}

async function builtOn(old: Image, reference: string): Promise<Image> {
  const annotations = {
    'org.opencontainers.image.base.name': `docker.io/library/${reference}`,
    'org.opencontainers.image.base.digest': old.descriptor.digest,
  };
  return makeImage({ base: old, layers: [await makeLayer({ 'app/run': reference })], annotations });
}

/** Docker Hub and GitHub's registry as the README's example finds them: debian:12 has moved, nginx:1.29 has not. */
async function startRegistries() {
  const registry = await startRegistry();
  const [before, now, nginx] = [await base('12.1', 40), await base('12.2', 3), await base('1.29', 9)];
  await pushImage(registry.store, 'library/debian', now, '12');
  await pushImage(registry.store, 'library/nginx', nginx, '1.29');
  const push = async (name: string, image: Promise<Image>) =>
    pushImage(registry.store, `acme/${name}`, await image, '1');
  for (const name of ['web', 'worker', 'jobs']) await push(name, builtOn(before, 'debian:12'));
  for (const name of ['proxy', 'docs']) await push(name, builtOn(nginx, 'nginx:1.29'));
  return registry;
}

// Digests hold the times of the example's images.
const withoutDigests = (text: string) => text.replace(/sha256:[0-9a-f]{12}/g, 'sha256:000000000000');

const consoles = [...readme.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
const lines = consoles
  .join('')
  .split('\n')
  .flatMap((line) => /^\$ (?:npx )?base-image-refresh (.*)/.exec(line)?.[1]?.replace(/ +#.*/, '') ?? []);

test('the output of check is that of a run', async () => {
  const [, asked = '', shown = ''] = /^\$ npx base-image-refresh (.*)\n([\s\S]*)/.exec(consoles[0] ?? '') ?? [];
  const registry = await startRegistries();
  const mirrors = ['docker.io', 'ghcr.io'].flatMap((host) => ['--mirror', `${host}=${registry.host}`]);
  const args = [bundles().cli, ...asked.split(' '), ...mirrors];
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };
  const { stdout, code } = await runProcess(process.execPath, args, { env, cwd: repository(repositoryOfReadme) });
  await registry.close();
  expect(code).toBe(0);
  expect(withoutDigests(stdout)).toBe(withoutDigests(shown));
  expect(registry.writes()).toEqual([]);
});

test.each(lines)('%s: the command has these options', (line) => {
  const [name = '', ...words] = line.split(' ');
  const command = commands.find((one) => one === name);
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
  expect(command).toBe(name);
  expect(options.filter((option) => !inputsOf('cli', command).some((input) => input.name === option))).toEqual([]);
});

// As GitHub makes them of headings.
const anchorsOf = (page: string) =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

test('links lead to files and headings that are there', () => {
  const links = [...readme.matchAll(/\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
    ([, to, image]) => to ?? image ?? '',
  );
  expect(links.length).toBeGreaterThan(30);
  const missing = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    if (!existsSync(join(root, path))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, path), 'utf8')).includes(anchor);
  });
  expect(missing).toEqual([]);
});

test('is short, and has the two commands of who works on it', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(155);
  expect(readme).toContain('```sh\nnpm ci && npm run demo\n```');
  expect(readme).toContain('```sh\nnpm ci && npm test\n```');
});
