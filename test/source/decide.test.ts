import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOfAnotherUser, readCheckout } from '../../core/source/checkout.ts';
import { decideSource, type SourceQuestion } from '../../core/source/decide.ts';
import type { SourceRecord } from '../../core/source/record.ts';
import { createSourceTrees } from '../../core/source/worktrees.ts';
import { createWorld } from '../../core/world.ts';

const area = mkdtempSync(join(tmpdir(), 'source-'));
let origin: string;
let commits: Record<'released' | 'docs' | 'head' | 'tagged' | 'stranger', string>;
const world = createWorld();

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

function commit(folder: string, path: string, text: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', path);
  return git(folder, 'rev-parse', 'HEAD');
}

beforeAll(() => {
  origin = mkdtempSync(join(area, 'origin-'));
  git(origin, 'init', '-q');
  commit(origin, 'web/Dockerfile', 'FROM debian:12\n');
  const released = commit(origin, 'web/app.txt', 'released\n');
  const docs = commit(origin, 'README.md', 'words\n');
  git(origin, 'checkout', '-q', '-b', 'maintenance');
  const tagged = commit(origin, 'web/app.txt', 'maintained\n');
  git(origin, 'tag', 'v1.0.1');
  git(origin, 'checkout', '-q', '--orphan', 'stranger');
  const stranger = commit(origin, 'web/app.txt', 'of somebody else\n');
  git(origin, 'checkout', '-q', 'main');
  const head = commit(origin, 'web/app.txt', 'unreleased\n');
  commits = { released, docs, head, tagged, stranger };
});

afterAll(() => rmSync(area, { recursive: true }));

function clone(at: keyof typeof commits, ...options: string[]): string {
  const folder = mkdtempSync(join(area, 'clone-'));
  git(folder, 'clone', '-q', ...options, `file://${origin}`, '.');
  if (options.length === 0) git(folder, 'checkout', '-q', '--detach', commits[at]);
  return folder;
}

function recorded(revision: string, dirty = false): SourceRecord {
  return { kind: 'recorded', revision, dirty, evidence: 'label', confidence: 'medium' };
}

async function decide(folder: string, question: Partial<SourceQuestion>) {
  const checkout = await readCheckout(world, folder);
  const found = checkout === undefined ? {} : { checkout };
  return decideSource({
    name: 'web',
    host: 'cli',
    rule: 'released',
    paths: ['web', 'web/Dockerfile'],
    ...found,
    ...question,
  });
}

describe('the source of a full build', () => {
  test('is the checkout where nothing is published yet', async () => {
    expect(await decide(clone('head'), {})).toEqual({
      kind: 'checkout',
      why: 'first-publication',
      built: { revision: commits.head, dirty: false },
    });
  });

  test('is the checkout where the content is that of the released commit', async () => {
    expect(await decide(clone('docs'), { record: recorded(commits.released) })).toEqual({
      kind: 'checkout',
      why: 'same-content',
      built: { revision: commits.released, dirty: false },
    });
  });

  test('is the released commit where the branch is ahead of it, and where a tag alone contains it', async () => {
    expect(await decide(clone('head'), { record: recorded(commits.released) })).toEqual({
      kind: 'commit',
      revision: commits.released,
    });
    expect(await decide(clone('head'), { record: recorded(commits.tagged) })).toEqual({
      kind: 'commit',
      revision: commits.tagged,
    });
  });

  test('is the released commit where the working tree has changes, save those that a run left', async () => {
    const folder = clone('head');
    writeFileSync(join(folder, 'web/new.txt'), 'not in git\n');
    const question = { record: recorded(commits.head) };
    expect(await decide(folder, question)).toEqual({ kind: 'commit', revision: commits.head });
    expect(await decide(folder, { ...question, left: 'web/new.txt' })).toMatchObject({ why: 'same-content' });
  });

  test('is the released commit where the ignore file beside the Dockerfile is another, or the build is stated otherwise', async () => {
    const folder = clone('docs');
    const question = { record: recorded(commits.released), optional: ['other/Dockerfile.dockerignore'] };
    expect(await decide(folder, question)).toMatchObject({ why: 'same-content' });
    expect(await decide(folder, { ...question, isStatedAlike: async () => false })).toMatchObject({ kind: 'commit' });
    expect(await decide(folder, { ...question, isStatedAlike: async () => true })).toMatchObject({ kind: 'checkout' });
    commit(folder, 'other/Dockerfile.dockerignore', 'secret\n');
    expect(await decide(folder, question)).toMatchObject({ kind: 'commit' });
  });

  test('is the released commit where the checkout is sparse: what it lacks is no change that git reports', async () => {
    const folder = clone('head');
    git(folder, 'sparse-checkout', 'set', '--no-cone', '/web/Dockerfile');
    expect(await decide(folder, { record: recorded(commits.head) })).toEqual({
      kind: 'commit',
      revision: commits.head,
    });
    const trees = createSourceTrees(world, folder);
    expect(readFileSync(join(await trees.at(commits.head), 'web/app.txt'), 'utf8')).toBe('unreleased\n');
    await trees.close();
  });

  test('is what is checked out where that was asked for, changes included', async () => {
    const folder = clone('head');
    writeFileSync(join(folder, 'web/app.txt'), 'changed\n');
    const asked = await decide(folder, { rule: 'checkout', record: recorded(commits.released) });
    expect(asked).toEqual({ kind: 'checkout', why: 'as-asked', built: { revision: commits.head, dirty: true } });
  });

  const disputed = (): SourceRecord => {
    const statement = { dirty: false, evidence: 'label', confidence: 'medium' } as const;
    return {
      kind: 'disputed',
      statements: [
        { revision: commits.released, ...statement },
        { revision: commits.head, ...statement },
      ],
    };
  };

  test.each([
    ['nothing records it', (): SourceRecord => ({ kind: 'absent' }), 'nothing records the commit'],
    ['records differ', disputed, 'its records name different commits'],
    ['it had changes', () => recorded(commits.head, true), 'with changes that are in no commit'],
    [
      'no branch or tag of ours contains it',
      () => recorded(commits.stranger),
      'neither the checked-out branch nor a tag',
    ],
    ['it is of another repository', () => recorded('d'.repeat(40)), 'which is no commit of this repository'],
  ])('is not known where %s', async (_, record, detail) => {
    const folder = clone('head');
    git(folder, 'fetch', '-q', 'origin', 'stranger');
    const decision = await decide(folder, { record: record() });
    expect(decision).toMatchObject({ kind: 'held', wantsHistory: false, failure: { code: 'source-unknown' } });
    const failure = decision.kind === 'held' ? decision.failure : undefined;
    expect(failure?.detail).toContain(detail);
    expect(failure?.remedy).toContain('set --source to checkout once');
  });

  test('is not known in a shallow clone, and says what would show it', async () => {
    const decision = await decide(clone('head', '--depth', '1'), { record: recorded(commits.released) });
    expect(decision).toMatchObject({ kind: 'held', wantsHistory: true });
    expect(decision.kind === 'held' && decision.failure.remedy).toContain('fetch-depth: 0');
  });

  test.runIf(process.getuid?.() === 0)(
    'is not known in a folder of another user, and says what lets git read it',
    async () => {
      const folder = clone('head');
      chownSync(folder, 65_534, 65_534);
      chownSync(join(folder, '.git'), 65_534, 65_534);
      expect(await isOfAnotherUser(world, folder)).toBe(true);
      const decision = await decide(folder, { record: recorded(commits.released), ofAnotherUser: folder });
      expect(decision).toMatchObject({ kind: 'held', wantsHistory: false });
      const failure = decision.kind === 'held' ? decision.failure : undefined;
      expect(failure?.remedy).toContain(`git config --global --add safe.directory ${folder}`);
    },
  );

  test('is not known where there is no repository', async () => {
    const folder = mkdtempSync(join(area, 'plain-'));
    expect(await decide(folder, { record: recorded(commits.released) })).toMatchObject({ kind: 'held' });
  });
});
