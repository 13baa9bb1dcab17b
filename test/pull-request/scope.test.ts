import { expect, test } from 'vitest';
import { fingerprintIn, scopeIn } from '../../core/pull-request/body.ts';
import type { OpenRequest } from '../../core/pull-request/forge.ts';
import { branchPrefixes, planRequests, type RequestStep } from '../../core/pull-request/plan-requests.ts';
import { type RequestScope, scopeSuffix, wholeRepository } from '../../core/pull-request/scope.ts';
import type { UpdateGroup } from '../../core/update/update.ts';

const web: RequestScope = { ...wholeRepository, folder: 'web' };
const api: RequestScope = { ...wholeRepository, folder: 'services/api' };
const only: RequestScope = { ...wholeRepository, include: ['web/**', 'x'] };

const group = (path: string, name = 'base-images', to = '22'): UpdateGroup => ({
  name,
  updates: [],
  files: [{ path, before: 'FROM node:20\n', after: `FROM node:${to}\n` }],
});

const plan = (groups: readonly UpdateGroup[], open: readonly OpenRequest[], scope: RequestScope) =>
  planRequests(groups, open, { labels: [], longestBody: 4000, prefix: branchPrefixes.dockerfiles, scope });

/** The open pull requests after the steps of a run. */
function after(open: readonly OpenRequest[], steps: readonly RequestStep[]): readonly OpenRequest[] {
  const closed = new Set(steps.flatMap((step) => (step.kind === 'close' ? [step.request.number] : [])));
  const bodies = new Map(
    steps.flatMap((step) =>
      step.kind === 'update' || step.kind === 'claim' ? [[step.request.number, step.text.body]] : [],
    ),
  );
  const left = open
    .filter(({ number }) => !closed.has(number))
    .map((request) => ({ ...request, body: bodies.get(request.number) ?? request.body }));
  const opened = steps.flatMap((step) =>
    step.kind === 'open' ? [{ branch: step.branch, title: step.text.title, body: step.text.body, url: '' }] : [],
  );
  return [...left, ...opened.map((request, at) => ({ ...request, number: 100 + open.length + at }))];
}

function run(open: readonly OpenRequest[], scope: RequestScope, groups: readonly UpdateGroup[]) {
  const steps = plan(groups, open, scope);
  return { kinds: steps.map(({ kind }) => kind), open: after(open, steps) };
}

/** A pull request as an earlier version opened it, with no scope in it. */
function unscoped({ open: [request] }: ReturnType<typeof run>): readonly OpenRequest[] {
  if (request === undefined) throw new Error('nothing was opened');
  const body = request.body.replace(/^<!-- base-image-refresh-scope.*\n/m, '');
  return [{ ...request, number: 1, branch: 'base-image-refresh/base-images', body }];
}

test.each([
  ['two folders', web, api],
  ['a folder and the whole repository', web, wholeRepository],
  ['different patterns of include', only, { ...only, include: ['api/**'] }],
  ['different patterns of exclude', { ...wholeRepository, exclude: ['a'] }, { ...wholeRepository, exclude: ['b'] }],
  ['different files', { ...wholeRepository, files: ['a/Dockerfile'] }, { ...wholeRepository, files: ['b/Dockerfile'] }],
])('runs on %s leave the pull requests of each other open, and their branches alone', (_, one, other) => {
  const first = run([], one, [group('web/Dockerfile')]);
  const second = run(first.open, other, [group('api/Dockerfile')]);
  expect([...first.kinds, ...second.kinds]).toEqual(['open', 'open']);
  expect(new Set(second.open.map(({ branch }) => branch)).size).toBe(2);
  const again = run(second.open, one, [group('web/Dockerfile')]);
  expect(again.kinds).toEqual(['keep']);
  const newer = run(again.open, other, [group('api/Dockerfile', 'base-images', '24')]);
  expect(newer.kinds).toEqual(['update']);
  const nothing = run(newer.open, one, []);
  expect(nothing.kinds).toEqual(['close']);
  expect(run(nothing.open, other, [group('api/Dockerfile', 'base-images', '24')]).kinds).toEqual(['keep']);
});

test('branches of the whole repository are called as before, others after what they are of', () => {
  expect(run([], wholeRepository, [group('a')]).open[0]?.branch).toBe('base-image-refresh/base-images');
  expect(run([], api, [group('a')]).open[0]?.branch).toMatch(
    /^base-image-refresh\/base-images@services-api-[0-9a-f]{8}$/,
  );
  expect(scopeSuffix(only)).toMatch(/^[0-9a-f]{8}$/);
  expect(scopeSuffix({ ...wholeRepository, folder: '../..~^:' })).toMatch(/^[0-9a-f]{8}$/);
  expect(scopeSuffix({ ...only, include: ['x', 'web/**'] })).toBe(scopeSuffix(only));
});

test('the text says whose runs it belongs to, without markup of theirs', () => {
  const body = run([], { ...web, include: ['a`b|c'] }, [group('a')]).open[0]?.body ?? '';
  expect(body).toContain('It belongs to runs with the folder `web`, include a&#96;b&#124;c.');
  expect(run([], wholeRepository, [group('a')]).open[0]?.body).not.toContain('belongs to runs');
});

test('one that an earlier version opened is claimed by the first run that has its group, on its branch', () => {
  const old = unscoped(run([], web, [group('web/Dockerfile')]));
  expect(scopeIn(old[0]?.body ?? '')).toBeUndefined();
  const claimed = run(old, web, [group('web/Dockerfile')]);
  expect(claimed.kinds).toEqual(['claim']);
  expect(claimed.open[0]?.branch).toBe('base-image-refresh/base-images');
  expect(fingerprintIn(claimed.open[0]?.body ?? '')).toBe(fingerprintIn(old[0]?.body ?? ''));
  const whole = run(claimed.open, wholeRepository, [group('a')]);
  expect(whole.kinds).toEqual(['open']);
  expect(whole.open[1]?.branch).toMatch(/^base-image-refresh\/base-images@[0-9a-f]{8}$/);
  expect(run(whole.open, wholeRepository, [group('a')]).kinds).toEqual(['keep']);
  expect(run(whole.open, web, [group('web/Dockerfile')]).kinds).toEqual(['keep']);
});

test('one that an earlier version opened is brought up to date, or closed where nothing is left of it', () => {
  const old = unscoped(run([], web, [group('web/Dockerfile')]));
  expect(run(old, web, [group('web/Dockerfile', 'base-images', '24')]).kinds).toEqual(['update']);
  expect(run(old, wholeRepository, []).kinds).toEqual(['close']);
});
