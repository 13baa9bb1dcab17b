import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { commentOf } from '../../core/notify/comment/keep-comment.ts';
import { issueTextOf } from '../../core/notify/issues/issue-text.ts';
import { planIssues } from '../../core/notify/issues/keep-issues.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { notifyOf } from '../../core/refresh/notify-stage.ts';
import type { ReportedImage } from '../../core/report/report.ts';
import { run as runCommand } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { useBundles } from '../hosts/bundles.ts';
import { hostEnvironment } from '../hosts/environment.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { runProcess } from '../hosts/run.ts';
import { startAzureBoards } from '../support/azure-boards.ts';
import { startGitHubIssues } from '../support/github-issues.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

// What the first run loads takes long on a machine that does much else.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const bundles = useBundles();

const quiet = { plan: null, build: null, scan: null, gate: null, promotion: null, bases: [], failure: null } as const;
const broken = (name: string, detail: string, retryable = false): ReportedImage =>
  sampleImage({
    ...quiet,
    name,
    image: `ghcr.io/acme/${name}:1`,
    failure: { code: 'refused', subject: name, detail, retryable },
  });
const promoted = (name: string): ReportedImage => ({
  ...broken(name, ''),
  failure: null,
  promotion: { digest: `sha256:${'a'.repeat(64)}`, tags: [] },
});
const skipped = (name: string): ReportedImage => ({
  ...broken(name, ''),
  failure: { code: 'parent-failed', subject: name, detail: 'its base', retryable: false },
});
const hostileName = '-->\n@everyone #1 [x](https://evil.example) <img src=x onerror=1> ::error::x ##vso[task.complete]';
const hostile = { ...broken('web', hostileName), name: hostileName };

describe('what is done with issues', () => {
  const link = 'https://github.example/acme/shop/actions/runs/7';
  const own = digestOf('the nightly run of main');
  const part = { digest: own, isWhole: false };
  const issueOf = (image: ReportedImage, number = 1, scope = own) => {
    const { title, marks } = issueTextOf(image, link, scope);
    return { number, title, body: marks.map((mark) => `<!-- ${mark} -->`).join('\n'), url: `https://x/${number}` };
  };
  const web = broken('web', 'is gone');

  test.each<[string, ReportedImage, readonly ReportedImage[], readonly string[]]>([
    ['a new one is opened', web, [], ['open']],
    ['one that says the same is left alone', web, [web], []],
    ['one that says something else is changed', broken('web', 'is still gone'), [web], ['change']],
    ['of two about the same, the later is closed', web, [web, web], ['close']],
    ['that of a healed image is closed', promoted('web'), [web], ['close']],
    ['a healed image without one needs nothing', promoted('web'), [], []],
    ['what may pass by itself opens none', broken('web', 'did not answer', true), [], []],
    ['and closes none', broken('web', 'did not answer', true), [web], []],
    ['an image that waits for its base opens none', skipped('web'), [], []],
    ['the issue of another image is left alone', promoted('api'), [web], []],
  ])('%s', (_, image, open, wanted) => {
    const issues = open.map((one, at) => issueOf(one, at + 1));
    expect(planIssues([image], issues, link, part).map(({ kind }) => kind)).toEqual(wanted);
  });

  test('an issue that only looks like one of this program is none', () => {
    const issue = { number: 1, title: issueOf(web).title, body: 'about web', url: 'https://x/1' };
    expect(planIssues([promoted('web')], [issue], link, { ...part, isWhole: true })).toEqual([]);
  });

  test.each<[string, boolean, string, readonly string[]]>([
    ['that is gone is closed', true, 'the nightly run of main', ['close']],
    ['that the run need not have looked for is left alone', false, 'the nightly run of main', []],
    ['of another branch or workflow is left alone', true, 'the nightly run of 1.x', []],
  ])('the issue of an image %s', (_, isWhole, about, wanted) => {
    const steps = planIssues([promoted('api')], [issueOf(web, 1, digestOf(about))], link, { digest: own, isWhole });
    expect(steps.map(({ kind }) => kind)).toEqual(wanted);
    if (isWhole && wanted.length > 0)
      expect(steps).toMatchObject([{ why: 'The repository has no such image any more.' }]);
  });

  test('an issue of an earlier version learns which run it is of', () => {
    const issue = issueOf(web);
    const before = { ...issue, body: issue.body.replace(/^.*-scope: .*$/m, '') };
    expect(planIssues([web], [before], link, part).map(({ kind }) => kind)).toEqual(['change']);
  });

  test('another run of the same fault changes nothing', () => {
    expect(planIssues([web], [issueOf(web)], 'https://github.example/acme/shop/actions/runs/8', part)).toEqual([]);
  });

  test('names and reasons are shown as they are, on one line each', () => {
    const { title, paragraphs } = issueTextOf(hostile, link, own);
    expect(title).not.toContain('\n');
    const text = paragraphs.join('\n\n');
    expect(text).not.toMatch(/@everyone|-->|<img|\]\(https:\/\/evil|#1 /);
    expect(text).toContain(`[The run](${link})`);
    expect(issueTextOf(web, 'http://plain.example/run', own).paragraphs.join()).not.toContain('plain.example');
  });
});

test('a comment stays within its bound and says what is left out', () => {
  const images = Array.from({ length: 3_000 }, (_, at) => broken(`image-${at}`, 'é'.repeat(200)));
  const { mark, body } = commentOf(sampleReport({ images }), { longest: 65_000, folds: true }, '', 'https://x.example');
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_000);
  expect(body.startsWith(`${mark}\n`)).toBe(true);
  expect(body).toContain('left out here');
});

interface Ended {
  readonly isGood: boolean;
  readonly shown: string;
}

type Kind = 'github' | 'azure';
type Texts = Readonly<Record<string, string>>;

function savedReport(kind: Kind, images: readonly ReportedImage[], inputs: Texts) {
  const asked = { command: 'report', path: 'legs', ...inputs };
  const { env, folder } = hostEnvironment(kind, asked);
  mkdirSync(join(folder, 'legs'));
  const saved = sampleReport({ command: 'refresh', dryRun: false, failures: [], images });
  writeFileSync(join(folder, 'legs/report.json'), JSON.stringify(saved));
  return { env, folder, asked };
}

/** Runs the command report on these images as a host starts it, and returns what it wrote. */
async function reportAsProcess(
  kind: Kind,
  images: readonly ReportedImage[],
  inputs: Texts,
  more: Texts,
): Promise<Ended> {
  const { env, folder } = savedReport(kind, images, inputs);
  const file = kind === 'github' ? bundles().action : bundles().task;
  const { code, stdout, stderr } = await runProcess(process.execPath, [file], {
    env: { ...env, ...more },
    cwd: folder,
  });
  return { isGood: code === 0, shown: `${stdout}${stderr}` };
}

/** The same without a process; the log is one line a message. */
async function report(kind: Kind, images: readonly ReportedImage[], inputs: Texts, more: Texts): Promise<Ended> {
  const { env, folder, asked } = savedReport(kind, images, inputs);
  const host = recordingHost(asked, kind);
  const real = createWorld({ cwd: folder });
  const conclusion = await runCommand(host, { ...real, env: { ...env, ...more } });
  await real.close();
  const shown = host.logged.map(({ level, message }) => `${level}: ${message}`).join('\n');
  return { isGood: conclusion === 'succeeded', shown };
}

describe('on GitHub', () => {
  async function start(...given: Parameters<typeof startGitHubIssues>) {
    const server = await startGitHubIssues(...given);
    onTestFinished(() => server.close());
    const more = { GITHUB_SERVER_URL: server.origin, GITHUB_API_URL: `${server.origin}/api` };
    const run = (images: readonly ReportedImage[], inputs: Texts, env = {}, start = report) =>
      start('github', images, { 'github-token': 'github-token', ...inputs }, { ...more, ...env });
    return { ...server, run };
  }

  test('an image has one issue: opened, left alone, changed, closed when it is well', async () => {
    const { issues, run, undocumented, writes } = await start();
    const issuesOf = () => issues.map(({ title, state, labels }) => [title, state, labels]);
    const first = await run([broken('web', 'is gone'), hostile], { issues: 'true' }, {}, reportAsProcess);
    expect(first.isGood).toBe(false);
    expect(issuesOf()).toEqual([
      ['Base image of web: failed', 'open', ['base-image-refresh']],
      [expect.stringContaining('Base image of --> @everyone'), 'open', ['base-image-refresh']],
    ]);
    expect(first.shown.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('github-token');
    expect(first.shown).not.toMatch(/^\s*::error::x/m);
    await run([broken('web', 'is gone'), hostile], { issues: 'true' });
    expect(writes()).toEqual(['POST /api/repos/acme/shop/issues', 'POST /api/repos/acme/shop/issues']);
    await run([broken('web', 'is still gone'), hostile], { issues: 'true' });
    expect(issues[0]?.body).toContain('is still gone');
    expect((await run([promoted('web')], { issues: 'true' })).isGood).toBe(true);
    expect(issuesOf().map(([, state]) => state)).toEqual(['closed', 'open']);
    expect(issues[0]?.comments).toEqual(['The image is well again.']);
    await run([broken('web', 'is gone')], { issues: 'true' });
    expect(issuesOf().map(([, state]) => state)).toEqual(['closed', 'open', 'open']);
    expect(undocumented).toEqual([]);
  });

  const job = {
    GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/refresh.yml@refs/heads/main',
    GITHUB_JOB: 'refresh',
    GITHUB_REF: 'refs/heads/main',
  };
  test.each<[string, Texts, Texts, string]>([
    ['that is gone is closed by the same job', {}, job, 'closed'],
    ['is left to the job of the matrix that publishes it', { image: 'ghcr.io/acme/web:2' }, job, 'open'],
    ['is left to the job of the matrix that makes its tag', { tags: '2' }, job, 'open'],
    ['is left to the job with its configuration', { config: 'other.yml' }, job, 'open'],
    ['is left to another branch', {}, { ...job, GITHUB_REF: 'refs/heads/1.x' }, 'open'],
    ['is left alone where the host names no branch', {}, {}, 'open'],
  ])('the issue of an image %s', async (_, inputs, env, wanted) => {
    const { origin, issues } = await start();
    const refreshed = async (images: readonly ReportedImage[], given: Texts, of: Texts) => {
      const asked = { command: 'refresh', issues: 'true', 'github-token': 'github-token', ...given };
      const own = hostEnvironment('github', asked);
      writeFileSync(join(own.folder, 'other.yml'), 'platforms: [linux/amd64]\n');
      const host = recordingHost(asked, 'github');
      const more = { GITHUB_SERVER_URL: origin, GITHUB_API_URL: `${origin}/api` };
      const real = createWorld({ cwd: own.folder });
      const world = { ...real, env: { ...own.env, ...more, ...of } };
      const saved = sampleReport({ command: 'refresh', dryRun: false, failures: [], images });
      await notifyOf({ config: await loadConfig(host, world), host, world }, saved, 'succeeded');
      await real.close();
    };
    await refreshed([broken('web', 'is gone')], {}, Object.keys(env).length === 0 ? {} : job);
    await refreshed([promoted('api')], inputs, env);
    expect(issues.map(({ state }) => state)).toEqual([wanted]);
  });

  test('a fault of every image opens no flood of issues', async () => {
    const { issues, run } = await start();
    const images = Array.from({ length: 40 }, (_, at) => broken(`image-${at}`, 'is gone'));
    const { shown } = await run(images, { issues: 'true' });
    expect(issues).toHaveLength(25);
    expect(shown).toContain('15 more images would have an issue');
  });

  test('what GitHub refuses is a warning, and the run ends as it has', async () => {
    const { run } = await start({ refuse: () => ({ status: 403, body: { message: 'Resource not accessible' } }) });
    const { isGood, shown } = await run([promoted('web')], { issues: 'true' });
    expect(isGood).toBe(true);
    expect(shown).toMatch(/^warning: .*answered 403 to GET \(Resource not accessible\); give the token issues: write/m);
  });

  test('a run of a pull request writes no issue, and one comment, which it keeps up to date', async () => {
    const { issues, comments, run, undocumented, writes } = await start();
    const request = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/12/merge' };
    const inputs = { issues: 'true', comment: 'true' };
    await run([broken('web', 'is gone')], inputs, request);
    await run([broken('web', 'is gone')], inputs, request);
    expect([issues.length, comments.length]).toEqual([0, 1]);
    expect(comments[0]?.body).toContain('is gone');
    await run([promoted('web')], inputs, request);
    expect(comments.map(({ body }) => body.includes('is gone'))).toEqual([false]);
    expect(writes()).toEqual([
      'POST /api/repos/acme/shop/issues/12/comments',
      'PATCH /api/repos/acme/shop/issues/comments/1',
    ]);
    expect(undocumented).toEqual([]);
  });

  test('a comment of a stranger with the same mark is not taken for its own', async () => {
    const { comments, run } = await start();
    const request = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/12/merge' };
    await run([promoted('web')], { comment: 'true' }, request);
    const [own] = comments;
    if (own === undefined) throw new Error('no comment was written');
    comments.splice(0, 1, { ...own, user: { login: 'stranger', type: 'User' }, author_association: 'NONE' });
    await run([broken('web', 'is gone')], { comment: 'true' }, request);
    expect(comments.map(({ user, body }) => [user.login, body.includes('is gone')])).toEqual([
      ['stranger', false],
      ['github-actions[bot]', true],
    ]);
  });

  test('a pull request of another repository that has the same number is not commented on', async () => {
    const { origin, requests, run } = await start();
    const request = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/12/merge' };
    const inputs = { comment: 'true', 'repository-token': 'other-token' };
    const { shown } = await run([promoted('web')], { ...inputs, repository: `${origin}/acme/api` }, request);
    expect(requests).toEqual([]);
    expect(shown).toMatch(/^warning: .*the pull request of this run is of another repository; leave out repository/m);
    await run([promoted('web')], { ...inputs, repository: `${origin}/Acme/Shop.git` }, request);
    expect(requests).not.toEqual([]);
  });

  test('without a pull request there is nothing to comment on', async () => {
    const { requests, run } = await start();
    await run([promoted('web')], { comment: 'true' });
    expect(requests).toEqual([]);
  });
});

describe('on Azure', () => {
  async function start() {
    const server = await startAzureBoards();
    onTestFinished(() => server.close());
    const more = { BUILD_REPOSITORY_URI: `${server.origin}/acme/my%20shop/_git/web` };
    const run = (images: readonly ReportedImage[], inputs: Texts, env = {}, start = report) =>
      start('azure', images, { 'repository-token': 'azure-token', ...inputs }, { ...more, ...env });
    return { ...server, run };
  }

  test('an image has one work item, in the states of its process', async () => {
    const { items, run, undocumented, writes } = await start();
    const states = () => items.map(({ fields }) => fields['System.State']);
    const first = await run([broken('web', 'is gone'), hostile], { issues: 'true' }, {}, reportAsProcess);
    expect(states()).toEqual(['To Do', 'To Do']);
    expect(items[1]?.fields['System.Description']).not.toMatch(/<img|<script/);
    // The agent takes the first marker of a line.
    expect(first.shown).not.toMatch(/^(?:(?!##vso\[).)*##vso\[task\.complete\]/m);
    const made = writes().filter((write) => !write.endsWith('/wiql')).length;
    await run([broken('web', 'is gone'), hostile], { issues: 'true' });
    expect(writes().filter((write) => !write.endsWith('/wiql'))).toHaveLength(made);
    await run([broken('web', 'is still gone')], { issues: 'true' });
    expect(items[0]?.fields['System.Description']).toContain('is still gone');
    await run([promoted('web')], { issues: 'true' });
    expect(states()).toEqual(['Done', 'To Do']);
    await run([broken('web', 'is gone')], { issues: 'true' });
    expect(states()).toEqual(['Done', 'To Do', 'To Do']);
    expect(undocumented).toEqual([]);
  });

  test('a work item is about the image that it was made for, whatever its reasons say', async () => {
    const { items, run } = await start();
    const [key = ''] = issueTextOf(broken('web', ''), undefined, digestOf('')).marks;
    await run([broken('api', `is gone ${key}`)], { issues: 'true' });
    await run([broken('web', 'is gone'), broken('api', `is gone ${key}`)], { issues: 'true' });
    await run([promoted('web'), broken('api', `is gone ${key}`)], { issues: 'true' });
    expect(items.map(({ fields }) => [fields['System.Title'], fields['System.State']])).toEqual([
      [expect.stringContaining('Base image of api'), 'To Do'],
      [expect.stringContaining('Base image of web'), 'Done'],
    ]);
  });

  test('a pull request has one thread, closed from the start', async () => {
    const { threads, run, undocumented } = await start();
    const request = { BUILD_REASON: 'PullRequest', SYSTEM_PULLREQUEST_PULLREQUESTID: '12' };
    await run([broken('web', 'is gone')], { comment: 'true' }, request);
    await run([promoted('web')], { comment: 'true' }, request);
    expect(threads.map(({ status, comments }) => [status, comments.length])).toEqual([[4, 1]]);
    expect(threads[0]?.comments[0]?.content).not.toContain('is gone');
    expect(undocumented).toEqual([]);
  });

  test('without a token it says where to get one', async () => {
    const { isGood, shown } = await reportAsProcess('azure', [promoted('web')], { issues: 'true' }, {});
    // A task says how it ended in its log.
    expect(isGood).toBe(true);
    expect(shown).toContain('issues: is given without repositoryToken; set repositoryToken: $(System.AccessToken)');
    expect(shown).toContain('##vso[task.complete result=Failed;]');
  });
});
