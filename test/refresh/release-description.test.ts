import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCommand } from '../../core/commands/check.ts';
import { planCommand } from '../../core/commands/plan.ts';
import { loadConfig } from '../../core/config.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { formatReference } from '../../core/oci/reference.ts';
import type { EngineName } from '../../core/rebuild/settings.ts';
import { refresh } from '../../core/refresh.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner } from '../support/run.ts';

let server: TestRegistry;
let root: string;

beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'description-test-'));
  git('init', '-q');
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' }).trim();
}

type Files = Readonly<Record<string, string>>;

async function commit(files: Files): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  git('add', '-A');
  git('commit', '-q', '-m', 'change');
  return git('rev-parse', 'HEAD');
}

/** Publishes version 1.2.0 of a commit, on a base that has moved since. */
async function publish(revision: string, repository = 'team/web'): Promise<void> {
  const [old, fresh] = await Promise.all(
    ['old', 'new'].map(async (content) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] })),
  );
  if (old === undefined || fresh === undefined) throw new Error('no base was made');
  const labels = { 'org.opencontainers.image.revision': revision };
  const app = makeImage({ base: old, layers: [await makeLayer({ app: 'released' })], config: { Labels: labels } });
  await pushImage(server.store, 'library/base', old, '1');
  const annotations = { [annotationKeys.baseDigest]: old.descriptor.digest };
  await pushImage(server.store, repository, makeIndex([app], { annotations }), '1.2.0');
  await pushImage(server.store, 'library/base', fresh, '1');
}

const name = '.base-image-refresh.yml';
const dockerfile = () => `FROM ${server.host}/library/base:1 AS prod\nARG VERSION\nFROM prod AS web\nCOPY app.txt /\n`;
const image = () => `${server.host}/team/web:1.2.0`;
const entry = (...keys: string[]) => ({
  [name]: [
    'images:',
    `  - dockerfile: app/Dockerfile`,
    `    image: ${image()}`,
    ...keys.map((key) => `    ${key}`),
    '',
  ].join('\n'),
});
const app = () => ({ 'app/Dockerfile': dockerfile(), 'app/app.txt': 'released' });
const version = (text: string) => `build-args: { VERSION: "${text}" }`;

/** Refreshes the release and answers what its engine was ordered to build. */
async function run(inputs: Readonly<Record<string, string>> = {}, name: EngineName = 'buildx') {
  const engine = { ...createTestEngine(server), name };
  const host = createRecordingHost({ command: 'refresh', path: root, ...inputs });
  const config = await loadConfig(host, createWorld({ cwd: root }));
  const report = await refresh(createTestRun(config, { engine, host, scanner: createTestScanner(() => []) }));
  const { orders } = engine;
  return {
    orders,
    builds: orders.map(({ build }) => build),
    image: report.images[0],
    all: report.images,
    failures: report.failures,
  };
}

/** What `check` or `plan` finds, as a report has it. */
async function found(command: 'check' | 'plan') {
  const host = createRecordingHost({ command, path: root });
  const world = createWorld({ cwd: root });
  const config = await loadConfig(host, world);
  await (command === 'check' ? checkCommand : planCommand)(config, host, world);
  const report: RefreshReport = JSON.parse(await readFile(join(config.outputDirectory, 'report.json'), 'utf8'));
  const [image] = report.images;
  const bases = image?.bases.map(({ reference, verdict }) => [reference, verdict]);
  return { verdict: image?.verdict, bases, failure: image?.failure, plan: image?.plan };
}

describe('the configuration file of the release says how the release is built', () => {
  const unreleased = { 'app/app.txt': 'unreleased' };

  test.each<[string, () => Files, () => Files, Readonly<Record<string, unknown>>]>([
    ['arguments of the image', () => entry(version('1.2')), () => entry(version('2.0')), { args: { VERSION: '1.2' } }],
    [
      'where only they differ',
      () => entry(version('1.2')),
      () => ({ ...entry(version('2.0')), 'app/app.txt': 'released' }),
      { args: { VERSION: '1.2' } },
    ],
    ['a target', () => entry('target: prod'), () => entry('target: web'), { target: 'prod' }],
    ['arguments that were removed since', () => entry(version('1.2')), () => entry(), { args: { VERSION: '1.2' } }],
    [
      'an entry that was removed since',
      () => entry(version('1.2')),
      () => ({ [name]: `source: released\n` }),
      { args: { VERSION: '1.2' } },
    ],
    [
      'arguments of all images',
      () => ({ [name]: `${version('1.2')}\n` }),
      () => ({ [name]: `${version('2.0')}\n` }),
      { args: { VERSION: '1.2' } },
    ],
    [
      'where the checkout has an image more',
      () => entry(version('1.2')),
      () => ({
        [name]: `${entry(version('2.0'))[name]}  - dockerfile: api/Dockerfile\n    image: ${server.host}/team/api:1\n`,
        'api/Dockerfile': `FROM ${server.host}/library/base:1\n`,
      }),
      { args: { VERSION: '1.2' } },
    ],
  ])('%s', async (_, then, now, expected) => {
    await publish(await commit({ ...app(), ...then() }));
    await commit({ ...unreleased, ...now() });
    const { builds } = await run(now()[name]?.includes('images:') ? {} : { image: image() });
    const ofApp = builds.filter((build) => build.dockerfile === 'app/Dockerfile');
    expect(ofApp).toEqual([expect.objectContaining(expected)]);
  });

  test('what the run states goes over it', async () => {
    await publish(await commit({ ...app(), ...entry(version('1.2'), 'target: prod') }));
    await commit({ ...unreleased, ...entry(version('2.0')) });
    const { builds } = await run({ 'build-arg': 'VERSION=1.2.0', target: 'web' });
    expect(builds).toEqual([expect.objectContaining({ args: { VERSION: '1.2.0' }, target: 'web' })]);
  });
});

describe('what only the checkout states', () => {
  test.each([
    [
      version('2.0'),
      'the build argument VERSION is "2.0"',
      'give what the release was built with by --build-arg VERSION=…',
    ],
    ['target: prod', 'the target is "prod"', 'give what the release was built with by --target prod'],
  ])('holds the image where its Dockerfile there uses it: %s', async (key, fact, remedy) => {
    const released = await commit({ ...app(), ...entry() });
    await publish(released);
    await commit({ ...entry(key) });
    const { builds, image: reported } = await run();
    expect(builds).toEqual([]);
    expect(reported?.failure?.code).toBe('source-unknown');
    expect(reported?.failure?.detail).toBe(
      `not built from ${released.slice(0, 12)}: ${fact} in ${name} as it is checked out, and nothing states it there`,
    );
    expect(reported?.failure?.remedy).toContain(remedy);
    expect(reported?.failure?.remedy).toContain('or set --source to checkout once');
  });

  test('is given by the run, and then the release is built', async () => {
    await publish(await commit(app()));
    await commit(entry(version('2.0')));
    const { builds } = await run({ 'build-arg': 'VERSION=1.2.0' });
    expect(builds.map(({ args }) => args)).toEqual([{ VERSION: '1.2.0' }]);
  });

  test('is of no account where its Dockerfile there does not know it', async () => {
    await publish(await commit({ ...app(), ...entry() }));
    await commit({ 'app/Dockerfile': `${dockerfile()}ARG COLOUR\n`, ...entry('build-args: { COLOUR: red }') });
    const { builds, image: reported } = await run();
    expect(reported?.failure ?? null).toBeNull();
    expect(builds.map(({ args }) => args)).toEqual([{}]);
  });

  test('does not go over what another file of the release states', async () => {
    const compose = `services:\n  web:\n    image: ${image()}\n    build:\n      context: app\n      args: { VERSION: "1.2" }\n`;
    await publish(await commit({ ...app(), 'compose.yaml': compose }));
    await commit(entry(version('2.0')));
    const { builds } = await run();
    expect(builds.map(({ args }) => args)).toEqual([{ VERSION: '1.2' }]);
  });
});

test('an image that is newer than the release of another holds nothing of it', async () => {
  const released = await commit({ 'app/Dockerfile': dockerfile(), 'app/app.txt': 'released' });
  await publish(released);
  await commit({ 'api/Dockerfile': `FROM ${server.host}/library/base:1\n`, '.github/workflows/a.yml': 'on: push\n' });
  const images = [`app=${image()}`, `api=${server.host}/team/api:1`];
  const same = await run({ image: images.join('\n') });
  expect(same.all.map(({ failure }) => failure)).toEqual([null, null]);
  await commit({ 'app/app.txt': 'unreleased' });
  await publish(released);
  const { all, orders } = await run({ image: images.join('\n'), force: 'true' });
  expect(all.map(({ failure }) => failure)).toEqual([null, null]);
  expect(orders.find(({ build }) => build.name === 'app')?.source).toEqual({ revision: released, dirty: false });
});

describe('a release whose Dockerfile two entries describe', () => {
  const both = (web: string, worker: string) => ({
    [name]: [
      'images:',
      ...Object.entries({ web, worker }).flatMap(([one, text]) => [
        '  - dockerfile: app/Dockerfile',
        `    name: ${one}`,
        `    image: ${server.host}/team/${one}:1.2.0`,
        `    build-args: { VERSION: "${text}" }`,
      ]),
      '',
    ].join('\n'),
  });

  test('has for each what its own says', async () => {
    const released = await commit({ ...app(), ...both('web-1', 'worker-1') });
    await publish(released);
    await publish(released, 'team/worker');
    await commit({ 'app/app.txt': 'unreleased', ...both('web-2', 'worker-2') });
    const { builds } = await run();
    const built = builds.map(({ releases: [release], args }) => [release?.repository, args.VERSION]);
    expect(built.sort()).toEqual([
      ['team/web', 'web-1'],
      ['team/worker', 'worker-1'],
    ]);
  });

  test.each([
    ['by another name', () => entry('name: site')],
    ['without a name', () => entry()],
  ])('is held where the checkout describes it once, %s', async (_, now) => {
    await publish(await commit({ ...app(), ...both('web-1', 'worker-1') }));
    await commit({ 'app/app.txt': 'unreleased', ...now() });
    const { builds, image: reported } = await run();
    expect(builds).toEqual([]);
    expect(reported?.failure?.code).toBe('source-unknown');
    expect(reported?.failure?.detail).toContain('app/Dockerfile builds no image');
  });

  test.each([
    ['by where it is published', () => entry(version('1.2'))],
    ['by its name', () => entry(version('1.2'), 'name: web')],
    [
      'by its name alone',
      () => ({ [name]: `images:\n  - { dockerfile: app/Dockerfile, name: web, ${version('1.2')} }\n` }),
    ],
  ])('takes what one entry of its release said %s, and another that is new does not', async (_, then) => {
    const released = await commit({ ...app(), ...then() });
    await publish(released);
    await publish(released, 'team/worker');
    await commit({ 'app/app.txt': 'unreleased', ...both('web-2', 'worker-2') });
    const { builds, all } = await run();
    expect(builds.map(({ name: one, args }) => [one, args.VERSION])).toEqual([['web', '1.2']]);
    expect(all.map(({ name: one, failure }) => [one, failure?.code])).toContainEqual(['worker', 'source-unknown']);
  });

  test('is held where it is not known which of several one entry of its release has become', async () => {
    const only = `images:\n  - { dockerfile: app/Dockerfile, ${version('1.2')} }\n`;
    const released = await commit({ ...app(), [name]: only });
    await publish(released);
    await publish(released, 'team/worker');
    await commit({ 'app/app.txt': 'unreleased', ...both('web-2', 'worker-2') });
    const { builds, all } = await run();
    expect(builds).toEqual([]);
    expect(all.map(({ failure }) => failure?.code)).toContain('source-unknown');
  });

  test('is held where the checkout describes it nowhere', async () => {
    await publish(await commit({ ...app(), ...both('web-1', 'worker-1') }));
    await commit({ 'app/app.txt': 'unreleased', [name]: 'source: released\n' });
    const { builds, image: reported } = await run({ image: image() });
    expect(builds).toEqual([]);
    expect(reported?.failure?.detail).toContain('the repository builds 2: web, worker');
  });
});

test('a configuration file of the run holds for every commit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'description-run-'));
  try {
    await publish(await commit({ ...app(), ...entry(version('1.2')) }));
    await commit({ 'app/app.txt': 'unreleased' });
    await writeFile(join(folder, 'run.yml'), entry(version('1.2.0'))[name] ?? '');
    const { builds } = await run({ config: join(folder, 'run.yml') });
    expect(builds.map(({ args }) => args)).toEqual([{ VERSION: '1.2.0' }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

// A digest without a name, of whatever base the Dockerfile names.
const chosen = () => `ARG TAG=1\nFROM ${server.host}/library/base:$TAG\nCOPY app.txt /\n`;
const tag = (text: string) => entry(`build-args: { TAG: "${text}" }`);

describe('what is compared is the base of the release', () => {
  /** The base that it was built on still stands under this tag. */
  async function keepOld(name: string): Promise<void> {
    const old = makeImage({ layers: [await makeLayer({ 'etc/base': 'old' })] });
    await pushImage(server.store, 'library/base', old, name);
  }
  const moved = () => [[`${server.host}/library/base:1`, 'stale']];

  test.each<[string, () => Files, () => Files]>([
    ['by its argument', () => ({ 'app/Dockerfile': chosen(), ...tag('1') }), () => tag('frozen')],
    [
      'by its argument for all',
      () => ({ 'app/Dockerfile': chosen(), [name]: 'build-args: { TAG: "1" }\n' }),
      () => tag('frozen'),
    ],
    [
      'by its target',
      () => ({
        'app/Dockerfile': `FROM ${server.host}/library/base:1 AS moving\nFROM ${server.host}/library/base:frozen AS still\n`,
        ...entry('target: moving'),
      }),
      () => entry('target: still'),
    ],
    [
      'by the context of its Compose file',
      () => ({
        'app/Dockerfile': 'FROM base\nCOPY app.txt /\n',
        'compose.yaml': `services:\n  web:\n    image: ${image()}\n    build:\n      context: app\n      additional_contexts: { base: "docker-image://${server.host}/library/base:1" }\n`,
      }),
      () => ({
        'compose.yaml': `services:\n  web:\n    image: ${image()}\n    build:\n      context: app\n      additional_contexts: { base: "docker-image://${server.host}/library/base:frozen" }\n`,
      }),
    ],
  ])('%s', async (_, then, now) => {
    await publish(await commit({ ...app(), ...then() }));
    await keepOld('frozen');
    await commit(now());
    expect(await found('check')).toMatchObject({ verdict: 'stale', bases: moved() });
    expect(await found('plan')).toMatchObject({ verdict: 'stale', bases: moved(), plan: { action: 'rebuild' } });
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('by a file that was removed since, where nothing states it any more', async () => {
    const compose = `services:\n  app:\n    image: ${image()}\n    build:\n      context: app\n      args: { TAG: "1" }\n`;
    const text = chosen().replace('TAG=1', 'TAG=frozen');
    await publish(await commit({ ...app(), 'app/Dockerfile': text, 'compose.yaml': compose, ...entry() }));
    await keepOld('frozen');
    git('rm', '-q', 'compose.yaml');
    git('commit', '-q', '-m', 'remove');
    expect(await found('check')).toMatchObject({ verdict: 'stale', bases: moved() });
    const { builds } = await run();
    expect(builds.map(({ args }) => args)).toEqual([{ TAG: '1' }]);
    const { orders } = await run({ force: 'true' }, 'rebase');
    expect(orders.map(({ pins }) => pins.map(({ base }) => formatReference(base.reference)))).toEqual([
      [`${server.host}/library/base:1`],
    ]);
  });

  test('and it is unknown where several entries described it', async () => {
    const two = ['one', 'two'].map(
      (each) =>
        `  - { dockerfile: app/Dockerfile, name: ${each}, image: "${server.host}/team/${each}:1", build-args: { TAG: "1" } }`,
    );
    const released = await commit({ ...app(), 'app/Dockerfile': chosen(), [name]: ['images:', ...two, ''].join('\n') });
    await publish(released);
    await keepOld('frozen');
    await commit(tag('frozen'));
    const detail = `not built from ${released.slice(0, 12)}: app/Dockerfile builds no image app there`;
    for (const command of ['check', 'plan'] as const) {
      expect(await found(command)).toMatchObject({
        verdict: 'unknown',
        bases: [],
        failure: { code: 'source-unknown', detail },
      });
    }
  });

  test('and no tree of the release is made where nothing could name another', async () => {
    await publish(
      await commit({
        ...app(),
        'app/Dockerfile': `FROM ${server.host}/library/base:1\nCOPY app.txt /\n`,
        ...entry(version('1')),
      }),
    );
    await commit(entry(version('2')));
    // Where git keeps its trees, so that it can make no more of them.
    await writeFile(join(root, '.git/worktrees'), '');
    expect(await found('check')).toMatchObject({ verdict: 'stale', bases: moved() });
  });
});

describe('a swap of layers stands on the base of the release', () => {
  async function publishOther(): Promise<void> {
    const other = makeImage({ layers: [await makeLayer({ 'etc/base': 'other' })] });
    await pushImage(server.store, 'library/base', other, '2');
  }

  test('that moves, whatever base only the checkout names', async () => {
    await publish(await commit({ ...app(), 'app/Dockerfile': chosen(), ...tag('1') }));
    await publishOther();
    await commit(tag('2'));
    const { orders, image: reported } = await run({}, 'rebase');
    expect(reported?.failure ?? null).toBeNull();
    expect(orders.map(({ pins }) => pins.map(({ base }) => formatReference(base.reference)))).toEqual([
      [`${server.host}/library/base:1`],
    ]);
  });

  test('arguments of the release go with it', async () => {
    await publish(await commit({ ...app(), ...entry(version('1.2')) }));
    await commit(entry(version('2.0')));
    const { builds } = await run({}, 'rebase');
    expect(builds.map(({ args }) => args)).toEqual([{ VERSION: '1.2' }]);
  });

  test('what is stated alike is swapped without a tree of the release', async () => {
    await publish(await commit({ ...app(), ...entry(version('1.2')) }));
    await commit({ 'app/app.txt': 'unreleased' });
    const { builds, image: reported } = await run({}, 'rebase');
    expect(reported?.failure ?? null).toBeNull();
    expect(builds.map(({ args }) => args)).toEqual([{ VERSION: '1.2' }]);
  });
});
