import { expect, test } from 'vitest';
import { authorityFindings } from '../../core/doctor/configuration/authority.ts';
import { doctor } from './support.ts';

const pullRequest = { said: 'GITHUB_EVENT_NAME=pull_request', target: 'main', mayWrite: false };
const wordsOf = (findings: ReturnType<typeof authorityFindings>) =>
  findings.map(({ state, subject, detail }) => `${state} ${subject}: ${detail}`);

test('says what the run lets the repository name', () => {
  const permissions = [{ name: 'scanner-command' }, { name: 'build-secret', value: 'NPM_TOKEN' }];
  expect(wordsOf(authorityFindings({ permissions }))).toEqual([
    'note allow: files of the repository may name any scanner-command',
    'note allow: files of the repository may name build-secret NPM_TOKEN',
  ]);
  expect(authorityFindings({})).toEqual([]);
});

test('says of a pull request what is written and where policy is read', () => {
  const policyGround = { kind: 'withheld', top: '/' } as const;
  expect(wordsOf(authorityFindings({ pullRequest, policyGround }))).toEqual([
    'note pull request (GITHUB_EVENT_NAME=pull_request): the configuration of the pull request does not count, and its base branch is not here to read it from: only inputs count; fetch the base branch, such as with fetch-depth: 0',
    'note pull request (GITHUB_EVENT_NAME=pull_request): nothing is written to a registry, a cluster or a branch, and pushes are not tried',
  ]);
  const [, mayWrite] = authorityFindings({ pullRequest: { ...pullRequest, mayWrite: true }, policyGround });
  expect(mayWrite).toMatchObject({ state: 'warning', remedy: 'remove allow-pull-request' });
});

test('a key that only the run may say is a problem of the file, with what to allow', async () => {
  const files = { Dockerfile: 'FROM debian:12\n', '.base-image-refresh.yml': 'build: { ssh: [default] }\n' };
  const { conclusion, of } = await doctor(files, { inputs: { offline: 'true' } });
  expect(conclusion).not.toBe('succeeded');
  expect(of('config-file')).toMatchObject([
    {
      state: 'problem',
      subject: '.base-image-refresh.yml:1',
      detail: 'build.ssh names "default", which only the run may name',
      remedy: expect.stringContaining('build-ssh=default'),
    },
    {},
  ]);
});
