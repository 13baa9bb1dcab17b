import { expect, test } from 'vitest';
import { type CiHostFacts, hostFindings } from '../../core/doctor/host/findings.ts';

const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/web',
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_WORKSPACE: '/w',
  GITHUB_OUTPUT: '/o',
  RUNNER_TEMP: '/t',
};
const azure = {
  TF_BUILD: 'True',
  BUILD_REPOSITORY_NAME: 'web',
  BUILD_REASON: 'Schedule',
  BUILD_SOURCESDIRECTORY: '/s',
  AGENT_TEMPDIRECTORY: '/t',
};

const { RUNNER_TEMP: _, ...withoutTemp } = github;
test.each<[string, Partial<CiHostFacts>, readonly string[]]>([
  ['on no host', { env: {} }, []],
  ['on GitHub', { env: github, hasToken: true }, ['ok the job is of acme/web, started by schedule']],
  [
    'on GitHub without a token',
    { env: github },
    [
      'ok the job is of acme/web, started by schedule',
      'note no job token is available, so ghcr.io is accessed anonymously',
    ],
  ],
  [
    'in a container that is given less',
    { env: { ...withoutTemp, GITHUB_TOKEN: 't' } },
    ['ok the job is of acme/web, started by schedule', 'warning RUNNER_TEMP is not set, though every job has it'],
  ],
  [
    'for a stranger',
    { env: { ...github, GITHUB_EVENT_NAME: 'pull_request_target' }, hasToken: true },
    [
      'ok the job is of acme/web, started by pull_request_target',
      'warning pull_request_target gives runs that forks start access to the secrets of the repository',
    ],
  ],
  ['on Azure', { env: { ...azure, SYSTEM_ACCESSTOKEN: 't' } }, ['ok the job is of web, started by Schedule']],
  [
    'on Azure without a token',
    { env: azure, proposes: true },
    [
      'ok the job is of web, started by Schedule',
      'note SYSTEM_ACCESSTOKEN is not set, so pull requests need repositoryToken',
    ],
  ],
])('%s', (__, facts, wanted) => {
  const found = hostFindings({ env: {}, hasToken: false, proposes: false, ...facts });
  expect(found.map(({ state, detail }) => `${state} ${detail}`)).toEqual(wanted);
});
