import { expect, test } from 'vitest';
import { probeBuildx } from '../../../core/rebuild/buildx/probe.ts';
import { createExec } from '../../../core/world/exec.ts';
import { type Answer, fakeDocker, ready } from './docker.ts';

const containerBuilder = 'Name:   mine\nDriver: docker-container\n\nNodes:\nName:   mine0\nStatus: inactive\n';
const unreachable = 'Cannot connect to the Docker daemon at unix:///nope.sock. Is the docker daemon running?';

const cases: readonly (readonly [string, Readonly<Record<string, Answer>>, string])[] = [
  ['docker 28 with the containerd image store', ready, 'suitable'],
  [
    'a builder of its own that has not been started',
    { ...ready, 'buildx inspect': { stdout: containerBuilder }, 'info --format': { code: 1 } },
    'suitable',
  ],
  [
    'a build of buildx without a version',
    { ...ready, 'buildx version': { stdout: 'github.com/docker/buildx\n' } },
    'suitable',
  ],
  ['docker without buildx', {}, 'docker has no buildx plugin; install the docker-buildx plugin'],
  [
    'docker without buildx, as newer ones tell it',
    {
      'buildx version': {
        code: 1,
        stderr: "docker: unknown command: docker buildx\n\nRun 'docker --help' for more information\n",
      },
    },
    'docker has no buildx plugin; install the docker-buildx plugin',
  ],
  [
    'a buildx that does not start',
    {
      'buildx version': {
        code: 1,
        stderr: "docker: fork/exec docker-buildx: exec format error\nSee 'docker --help' for more information\n",
      },
    },
    'docker buildx does not work (docker: fork/exec docker-buildx: exec format error); install the docker-buildx plugin again',
  ],
  [
    'an old buildx',
    { ...ready, 'buildx version': { stdout: 'github.com/docker/buildx 0.10.5+ds1 0.10.5\n' } },
    'buildx 0.10.5 is too old; install buildx 0.12.0 or later',
  ],
  [
    'a daemon that is not there, as buildx 0.29 tells it',
    { ...ready, 'buildx inspect': { stdout: `Name:   default\nDriver: \nError:  ${unreachable}\n` } },
    `the docker builder cannot be reached (${unreachable}); start the Docker daemon or set DOCKER_HOST`,
  ],
  [
    'a daemon that is not there, by exit code',
    { ...ready, 'buildx inspect': { code: 1, stderr: `\u001b[31mERROR:\u001b[0m ${unreachable}\n\n` } },
    `the docker builder cannot be reached (ERROR: ${unreachable}); start the Docker daemon or set DOCKER_HOST`,
  ],
  [
    'docker with its classic image store',
    { ...ready, 'info --format': { stdout: '[["Backing Filesystem","extfs"]]\n' } },
    'the default builder cannot write provenance without the containerd image store; create a builder with "docker buildx create --use" (docker/setup-buildx-action does), or turn on the containerd image store',
  ],
];

test.each(cases)('%s', async (_, answers, expected) => {
  const answer = await probeBuildx(createExec({ os: process.platform }).exec, fakeDocker(answers).env);
  expect(answer.kind === 'suitable' ? answer.kind : `${answer.why}; ${answer.remedy}`).toBe(expected);
});

test('no docker at all', async () => {
  const answer = await probeBuildx(createExec({ os: process.platform }).exec, { PATH: '/nonexistent' });
  expect(answer).toEqual({
    kind: 'unsuitable',
    why: 'docker is not installed',
    remedy: 'install Docker Engine 23 or later with the buildx plugin',
  });
});
