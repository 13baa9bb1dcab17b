import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import { refresh } from '../../core/refresh.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, pinnedBase, testConfig } from '../support/run.ts';

let server: TestRegistry;
let root: string;

beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'source-test-'));
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

async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  git('add', '-A');
  git('commit', '-q', '-m', 'change');
  return git('rev-parse', 'HEAD');
}

/** Publishes `team/web:1.2.0` on a base that has moved since, with these labels. */
async function publish(
  labels: Readonly<Record<string, string>>,
  baseName = 'library/base',
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const [old, fresh] = await Promise.all(
    ['old', 'new'].map(async (content) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] })),
  );
  if (old === undefined || fresh === undefined) throw new Error('no base was made');
  await pushImage(server.store, baseName, old, '1');
  const config = { Labels: labels, ...settings };
  const app = makeImage({ base: old, layers: [await makeLayer({ app: 'released' })], config });
  const annotations = { [annotationKeys.baseDigest]: old.descriptor.digest };
  await pushImage(server.store, 'team/web', makeIndex([app], { annotations }), '1.2.0');
  await pushImage(server.store, baseName, fresh, '1');
}

const revision = (commit: string) => ({ 'org.opencontainers.image.revision': commit });
const dockerfile = (name = 'library/base') => `FROM ${server.host}/${name}:1\nCOPY app.txt /\n`;

/** Runs a refresh whose engine notes what it is ordered, and the file that it would copy. */
async function run(overrides: Partial<Config> = {}, config: Readonly<Record<string, unknown>> = {}) {
  const copied: string[] = [];
  const noting = async (order: BuildOrder) => {
    copied.push(readFileSync(join(order.root, order.build.context, 'app.txt'), 'utf8'));
    const layers = [await makeLayer({ app: copied.join() })];
    return makeIndex([makeImage({ ...pinnedBase(server, order), layers, config })], { annotations: order.annotations });
  };
  const engine = createTestEngine(server, noting);
  const settings = testConfig(root, {
    source: 'released',
    imageInputs: { '': at(server, 'team/web', '1.2.0') },
    ...overrides,
  });
  const report = await refresh(createTestRun(settings, { engine, scanner: createTestScanner(() => []) }));
  expect(parseReport(serialise(report), 'report.json')).toEqual(report);
  return { copied, orders: engine.orders, image: report.images[0] };
}

function recordedOnRelease(): unknown {
  const held = server.store.manifest('team/web', '1.2.0');
  const { annotations = {} } = JSON.parse(String(held?.bytes));
  return JSON.parse(annotations[annotationKeys.source] ?? 'null');
}

describe('a branch that is ahead of the release', () => {
  test('is not what is built: the commit of the release is, and the image records it', async () => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await publish(revision(released));
    const head = await commit({ 'app.txt': 'unreleased' });
    const { copied, orders, image } = await run();
    expect(copied).toEqual(['released']);
    expect(orders[0]?.annotations[annotationKeys.source]).toBe(JSON.stringify({ revision: released }));
    expect(image?.source).toEqual({
      revision: released,
      evidence: 'label',
      confidence: 'medium',
      built: { revision: released, dirty: false },
    });
    expect(image?.promotion).not.toBeNull();
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(git('rev-parse', 'HEAD')).toBe(head);
  });

  test('has bases of its own: those of the released Dockerfile are checked and built on', async () => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await publish(revision(released));
    await commit({ Dockerfile: dockerfile('library/next') });
    const { orders, image } = await run();
    expect(image?.bases.map(({ reference }) => reference)).toEqual([`${server.host}/library/base:1`]);
    expect(orders[0]?.pins.map(({ base }) => base.reference.repository)).toEqual(['library/base']);
  });

  test.each(['released', 'checkout'] as const)(
    'gives engines the Dockerfile of the release: source %s',
    async (source) => {
      const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
      await publish(revision(released));
      await commit({ Dockerfile: `${dockerfile()}USER app\n` });
      const { orders } = await run({ source });
      expect(orders.map(({ releasedDockerfile }) => releasedDockerfile)).toEqual([dockerfile()]);
    },
  );

  test('explains what its Dockerfile states otherwise, and nothing else', async () => {
    const stated = (user: string) => `${dockerfile()}USER ${user}\n`;
    const released = await commit({ Dockerfile: stated('app'), 'app.txt': 'released' });
    await publish(revision(released), 'library/base', { User: 'app', Env: ['VERSION=1.2'] });
    await commit({ Dockerfile: stated('web') });
    const { image } = await run({ source: 'checkout' }, { User: 'web', Env: ['VERSION=dev'] });
    const named = (all: readonly { readonly what: string }[] = []) => all.map(({ what }) => what);
    expect(named(image?.continuity?.explained.filter(({ because }) => because === 'source'))).toContain('user');
    expect(named(image?.continuity?.broken)).toEqual(['variable VERSION']);
    expect(image?.held?.remedy).toContain('accept configuration');
  });

  const compose = (version: string, web: string) =>
    `services:\n  web:\n    image: ${web}\n    build:\n      context: app\n      args: { VERSION: "${version}" }\n`;

  test.each([
    ['has other arguments for the same context', 'two', true, 'one'],
    ['has other arguments that are not committed', 'two', false, 'one'],
  ])('is not what is built where it %s', async (_, version, isCommitted, built) => {
    const web = `${server.host}/team/web:1.2.0`;
    const app = { 'app/Dockerfile': `ARG VERSION\n${dockerfile()}`, 'app/app.txt': 'released' };
    const released = await commit({ ...app, 'compose.yaml': compose('one', web) });
    await publish(revision(released));
    if (isCommitted) await commit({ 'compose.yaml': compose(version, web) });
    else await writeFile(join(root, 'compose.yaml'), compose(version, web));
    const { orders, image } = await run({ imageInputs: {} });
    expect(image?.failure).toBeNull();
    expect(orders.map(({ build }) => build.args)).toEqual([{ VERSION: built }]);
  });

  test('is built where what it has beyond the release is of another image', async () => {
    const web = `${server.host}/team/web:1.2.0`;
    const app = { 'app/Dockerfile': `ARG VERSION\n${dockerfile()}`, 'app/app.txt': 'released' };
    const released = await commit({ ...app, 'compose.yaml': compose('one', web) });
    await publish(revision(released));
    await commit({ 'other.yaml': 'words', 'README.md': 'words' });
    const { orders } = await run({ imageInputs: {} });
    expect(orders.map((order) => order.root)).toEqual([root]);
  });

  test('is held where its arguments come from a file that git ignores, which no commit has', async () => {
    const compose = `services:\n  web:\n    image: ${server.host}/team/web:1.2.0\n    build:\n      context: .\n      args:\n        MODE: \${MODE}\n`;
    const ignored = { '.gitignore': '.env\n', '.env': 'MODE=fast\n' };
    const released = await commit({
      Dockerfile: dockerfile(),
      'app.txt': 'released',
      'compose.yaml': compose,
      ...ignored,
    });
    await publish(revision(released));
    await commit({ 'app.txt': 'unreleased' });
    const { copied, image } = await run({ imageInputs: {} });
    expect(copied).toEqual([]);
    expect(image?.failure?.detail).toContain('the build argument MODE is empty there, and .env is in no commit');
  });

  test('is built where that is asked for, and recorded from then on', async () => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await publish(revision(released));
    const head = await commit({ 'app.txt': 'unreleased' });
    const { copied, image } = await run({ source: 'checkout' });
    expect(copied).toEqual(['unreleased']);
    expect(image?.source?.built).toEqual({ revision: head, dirty: false });
    expect(recordedOnRelease()).toEqual({ revision: head });
  });
});

describe('what no commit has', () => {
  const prepareBy = (script: string) => ({
    images: [
      {
        dockerfile: 'Dockerfile',
        tags: [],
        platforms: [],
        args: {},
        tests: {},
        build: { secrets: [], ssh: [], options: [], leaveOut: [], prepare: [process.execPath, '-e', script] },
      },
    ],
  });
  const ignoring = () => ({ Dockerfile: dockerfile(), '.gitignore': 'app.txt\n' });

  test('is made before the build by the command of its image, at the source that is built', async () => {
    await publish(revision(await commit(ignoring())));
    await commit({ 'more.txt': 'unreleased' });
    const script = 'fs.writeFileSync("app.txt", "made " + fs.existsSync("more.txt") + process.env.TOKEN)';
    process.env.TOKEN = 'secret';
    const { copied, image } = await run(prepareBy(script)).finally(() => delete process.env.TOKEN);
    expect(image?.failure).toBeNull();
    expect(copied).toEqual(['made falseundefined']);
  });

  test.each([
    ['fails', 'process.exit(3)', 'the build context was not prepared: it ended with exit code 3'],
    ['makes something else', 'fs.writeFileSync("other.txt", "")', 'which'],
  ])('is not built where the command %s', async (_, script, detail) => {
    await publish(revision(await commit(ignoring())));
    const { copied, image } = await run(prepareBy(script));
    expect(copied).toEqual([]);
    expect(image?.failure).toMatchObject({ code: 'build-failed', detail: expect.stringContaining(detail) });
  });
});

describe('a label that abbreviates the commit', () => {
  test.each([
    [7, ''],
    [12, ' '],
  ])('of %i digits names the one commit that begins so', async (digits, space) => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await publish(revision(`${released.slice(0, digits)}${space}`));
    await commit({ 'app.txt': 'unreleased' });
    const { copied, image } = await run();
    expect(copied).toEqual(['released']);
    expect(image?.source).toMatchObject({ revision: released, evidence: 'label' });
  });

  test.each<[string, (released: string, other: string) => Promise<string> | string, string]>([
    [
      'of a commit that no branch or tag of it contains',
      (_, other) => other.slice(0, 9),
      'neither the checked-out branch',
    ],
    ['of no commit', () => 'abcdef012', 'with which no single commit of this repository begins'],
    [
      'that is the name of a branch',
      (released) => {
        git('branch', 'abcdef0', released);
        return 'abcdef0';
      },
      'with which no single commit of this repository begins',
    ],
    ['of six digits', (released) => released.slice(0, 6), 'nothing records the commit'],
  ])('%s holds the image', async (_, label, fact) => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    git('checkout', '-q', '-b', 'other');
    const other = await commit({ 'app.txt': 'other' });
    git('checkout', '-q', '-');
    await publish(revision(await label(released, other)));
    await commit({ 'app.txt': 'unreleased' });
    const { copied, image } = await run();
    expect(copied).toEqual([]);
    expect(image?.failure?.detail).toContain(fact);
  });

  test('is resolved in no shallow clone, and the image is held with its name and the remedy', async () => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await publish(revision(released.slice(0, 8)));
    await writeFile(join(root, '.git', 'shallow'), `${released}\n`);
    const { image } = await run();
    expect(image?.failure?.detail).toBe(
      `not built: the label org.opencontainers.image.revision of the published image abbreviates the commit to ${released.slice(0, 8)}, which this shallow clone cannot resolve`,
    );
    expect(image?.failure?.remedy).toMatch(/^fetch the whole history .*, or set --source to checkout once/);
  });
});

describe('an image whose source is not known', () => {
  test.each([
    ['nothing records it', () => ({})],
    ['its label names a commit of another repository', () => revision('d'.repeat(40))],
  ])('is held where %s: nothing is built, its tag stays', async (_, labels) => {
    await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await publish(labels());
    const before = server.store.digestOf('team/web', '1.2.0');
    const { copied, image } = await run();
    expect(copied).toEqual([]);
    expect(image?.failure).toMatchObject({ code: 'source-unknown', subject: basename(root) });
    expect(server.store.digestOf('team/web', '1.2.0')).toBe(before);
  });

  test('is held where its label is one that it inherits from its base', async () => {
    const own = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    const old = makeImage({ layers: [await makeLayer({ 'etc/base': 'old' })], config: { Labels: revision(own) } });
    const fresh = makeImage({ layers: [await makeLayer({ 'etc/base': 'new' })] });
    await pushImage(server.store, 'library/base', old, '1');
    const annotations = { [annotationKeys.baseDigest]: old.descriptor.digest };
    const app = makeImage({ base: old, layers: [await makeLayer({ app: 'released' })] });
    await pushImage(server.store, 'team/web', makeIndex([app], { annotations }), '1.2.0');
    await pushImage(server.store, 'library/base', fresh, '1');
    expect((await run()).image?.failure).toMatchObject({ code: 'source-unknown' });
  });
});

describe('what an image has from its base says nothing of its own source', () => {
  const bases = (name: string) => JSON.stringify([{ reference: `${server.host}/library/${name}:1`, digest: 'x' }]);
  const record = (commit: string, base: string) => ({
    [annotationKeys.source]: JSON.stringify({ revision: commit }),
    [annotationKeys.bases]: bases(base),
  });

  /** Publishes the image on a base that has moved since; both say of themselves what is given, for all that nobody records the base. */
  async function publishBoth(
    ofBase: Readonly<Record<string, string>>,
    own: Readonly<Record<string, string>>,
    {
      isRecorded = true,
      labels = {},
      next = ofBase,
    }: Partial<Record<'labels' | 'next', Record<string, string>>> & { readonly isRecorded?: boolean } = {},
  ) {
    const base = async (content: string, annotations: Readonly<Record<string, string>>) =>
      makeImage({ layers: [await makeLayer({ 'etc/base': content })], annotations });
    const old = await base('old', ofBase);
    await pushImage(server.store, 'library/base', old, isRecorded ? '1' : 'gone');
    const config = { Labels: { 'io.buildah.version': '1.28.2', ...labels } };
    const digest = isRecorded ? { [annotationKeys.baseDigest]: old.descriptor.digest } : {};
    const app = makeImage({
      base: old,
      layers: [await makeLayer({ app: 'released' })],
      config,
      annotations: { ...own, ...digest },
    });
    await pushImage(server.store, 'team/web', app, '1.2.0');
    const fresh = makeImage({
      layers: [await makeLayer({ 'etc/base': 'new' })],
      annotations: next,
      config: { Labels: next },
    });
    await pushImage(server.store, 'library/base', fresh, '1');
  }

  test.each([
    ['our record, as Buildah hands it down', (commit: string) => record(commit, 'debian'), true],
    ['the annotation of the commit, as Buildah hands it down', revision, true],
    ['the same of a base that nobody recorded', revision, false],
  ])('%s', async (_, texts, isRecorded) => {
    const ofBase = texts(await commit({ Dockerfile: dockerfile(), 'app.txt': 'base' }));
    await commit({ 'app.txt': 'unreleased' });
    await publishBoth(ofBase, ofBase, { isRecorded });
    const { copied, image } = await run();
    expect(copied).toEqual([]);
    expect(image?.failure).toMatchObject({
      code: 'source-unknown',
      detail: expect.stringContaining('nothing records'),
    });
  });

  test('a label, where nobody recorded the base and its next version has one of its own', async () => {
    const then = await commit({ Dockerfile: dockerfile(), 'app.txt': 'base' });
    const now = await commit({ 'app.txt': 'unreleased' });
    await publishBoth({}, {}, { isRecorded: false, labels: revision(then), next: revision(now) });
    const { copied, image } = await run();
    expect(copied).toEqual([]);
    expect(image?.failure).toMatchObject({ code: 'source-unknown' });
  });

  test('our record of the image itself counts, though its base is of the same commit', async () => {
    const released = await commit({ Dockerfile: dockerfile(), 'app.txt': 'released' });
    await commit({ 'app.txt': 'unreleased' });
    await publishBoth(record(released, 'debian'), record(released, 'base'));
    const { copied, image } = await run();
    expect(image?.failure).toBeNull();
    expect(copied).toEqual(['released']);
  });
});

test('an image that was never published is built from what is checked out, and records it', async () => {
  const head = await commit({ Dockerfile: dockerfile(), 'app.txt': 'first' });
  const base = makeImage({ layers: [await makeLayer({ 'etc/base': 'new' })] });
  await pushImage(server.store, 'library/base', base, '1');
  const { copied } = await run();
  expect(copied).toEqual(['first']);
  expect(recordedOnRelease()).toEqual({ revision: head });
});
