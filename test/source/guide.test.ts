import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { refresh } from '../../core/refresh.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import { attest } from '../../testing/attestation.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { load } from '../config/support.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, pinnedBase, testConfig } from '../support/run.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/source.md'), 'utf8');
/** The first cells of the table below a heading, without its head. */
const rowsBelow = (heading: string) =>
  (guide.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|')[1]?.trim() ?? '');

let server: TestRegistry;
let root: string;
let old: Image;
let released: string;
let head: string;

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
function commit(text: string): string {
  writeFileSync(join(root, 'app.txt'), text);
  git('add', '-A');
  git('commit', '-q', '-m', text);
  return git('rev-parse', 'HEAD');
}

beforeEach(async () => {
  server = await startRegistry();
  root = mkdtempSync(join(tmpdir(), 'source-guide-'));
  git('init', '-q');
  writeFileSync(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\nCOPY app.txt /\n`);
  released = commit('released');
  head = commit('unreleased');
  old = makeImage({ layers: [await makeLayer({ base: 'old' })] });
  await pushImage(server.store, 'library/base', old, 'old');
  await pushImage(server.store, 'library/base', makeImage({ layers: [await makeLayer({ base: 'new' })] }), '1');
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
afterAll(closeHarnesses);

interface Said {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly provenance?: object;
}
const revisionKey = 'org.opencontainers.image.revision';

async function publish({ labels = {}, annotations = {}, provenance }: Said): Promise<void> {
  const app = makeImage({ base: old, layers: [await makeLayer({ app: 'app' })], config: { Labels: labels } });
  const others = provenance === undefined ? [] : [attest(server.store, 'team/web', app, provenance)];
  const base = { [annotationKeys.baseDigest]: old.descriptor.digest };
  await pushImage(
    server.store,
    'team/web',
    makeIndex([app], { annotations: { ...base, ...annotations }, others }),
    '1',
  );
}

async function run(overrides: Partial<Config> = {}) {
  const built: string[] = [];
  const engine = createTestEngine(server, async (order) => {
    built.push(readFileSync(join(order.root, 'app.txt'), 'utf8'));
    const layers = [await makeLayer({ app: 'app' })];
    return makeIndex([makeImage({ ...pinnedBase(server, order), layers })], { annotations: order.annotations });
  });
  const config = testConfig(root, {
    source: 'released',
    imageInputs: { '': at(server, 'team/web', '1') },
    ...overrides,
  });
  const report = await refresh(createTestRun(config, { engine, scanner: createTestScanner(() => []) }));
  return { built, image: report.images[0], conclusion: conclusionOf(report, 'never') };
}

describe('how the commit is known', () => {
  const vcs = (revision: string) => ({
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: { metadata: { 'https://mobyproject.org/buildkit@v1#metadata': { vcs: { revision, source: 'x' } } } },
  });
  const evidence: Readonly<Record<string, (commit: string) => Said>> = {
    'own-record': (commit) => ({ annotations: { [annotationKeys.source]: JSON.stringify({ revision: commit }) } }),
    provenance: (commit) => ({ provenance: vcs(commit) }),
    annotation: (commit) => ({ annotations: { [revisionKey]: commit } }),
    label: (commit) => ({ labels: { [revisionKey]: commit } }),
  };

  test('each evidence of the table is tried here, in its order', () => {
    expect(rowsBelow('How the commit is known')).toEqual(Object.keys(evidence).map((name) => `\`${name}\``));
  });

  test.each(Object.keys(evidence))('%s', async (name) => {
    await publish(evidence[name]?.(released) ?? {});
    const { image, built } = await run();
    expect(image?.source).toMatchObject({ revision: released, evidence: name, built: { revision: released } });
    expect(built).toEqual(['released']);
  });
});

describe('what is built', () => {
  const [none, same, other, unknown] = rowsBelow('What is built');
  const by = (commit: string): Said => ({ labels: { [revisionKey]: commit } });

  test('every row of the table is tried here', () => {
    expect([none, same, other, unknown].map((row) => row?.split(/[ ,]/).slice(0, 3).join(' '))).toEqual([
      'there is none',
      'its commit has',
      'its commit has',
      'nothing names its',
    ]);
    expect(rowsBelow('What is built')).toHaveLength(4);
  });

  test(none ?? '', async () => {
    expect(await run()).toMatchObject({ built: ['unreleased'], conclusion: 'succeeded' });
  });

  test(same ?? '', async () => {
    await publish(by(head));
    const { built, image } = await run();
    expect(built).toEqual(['unreleased']);
    expect(image?.source?.built).toEqual({ revision: head, dirty: false });
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test.each([
    ['another commit', () => released, 'released', undefined],
    ['changes in the tree', () => head, 'unreleased', 'changed'],
  ])(`${other}: %s`, async (_, commitOf, expected, changed) => {
    await publish(by(commitOf()));
    if (changed !== undefined) writeFileSync(join(root, 'app.txt'), changed);
    expect(await run()).toMatchObject({ built: [expected], conclusion: 'succeeded' });
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test.each([
    ['nothing', () => ({})],
    ['changes that are in no commit', () => by(`${released}-dirty`)],
    ['no commit of this repository', () => by('d'.repeat(40))],
  ])(`${unknown}: %s`, async (_, said) => {
    await publish(said());
    const before = server.store.digestOf('team/web', '1');
    const { built, image, conclusion } = await run();
    expect([built, conclusion, image?.failure?.code]).toEqual([[], 'incomplete', 'source-unknown']);
    expect(server.store.digestOf('team/web', '1')).toBe(before);
  });
});

test('building what is checked out: the block of the guide is a configuration that does it once and for all', async () => {
  const [, block = ''] = /```yaml\n# \.base-image-refresh\.yml\n(.*?)```/s.exec(guide) ?? [];
  writeFileSync(join(root, '.base-image-refresh.yml'), block);
  const { source } = await load(root, {});
  expect(source).toBe('checkout');
  await publish({});
  commit('unreleased');
  expect(await run({ source })).toMatchObject({ built: ['unreleased'], conclusion: 'succeeded' });
  commit('later');
  // From then on the commit is known.
  expect(await run({ force: true })).toMatchObject({ built: ['unreleased'], conclusion: 'succeeded' });
});
