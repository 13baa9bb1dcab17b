import { expect, test } from 'vitest';
import { describeFailure } from '../../../core/failure.ts';
import { buildFailure, warningsIn } from '../../../core/rebuild/buildx/output.ts';

function exited(stderr: string) {
  return { kind: 'exited', code: 1, stdout: '', stderr } as const;
}

const brokenStep = `#5 [2/2] RUN apt-get install nope
#5 0.125 E: Unable to locate package nope
#5 ERROR: process "/bin/sh -c apt-get install nope" did not complete successfully: exit code: 100
------
 > [2/2] RUN apt-get install nope:
0.120 Reading package lists...
0.125 \u001b[31mE: Unable to locate package nope\u001b[0m
0.126 ::error::forged\u0007
------
Dockerfile:2
--------------------
   2 | >>> RUN apt-get install nope
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c apt-get install nope" did not complete successfully: exit code: 100
`;

test.each([
  [
    'a step that broke, with its last words',
    brokenStep,
    'web: docker buildx build failed: process "/bin/sh -c apt-get install nope" did not complete successfully: exit code: 100 (Reading package lists... | E: Unable to locate package nope | ::error::forged).',
  ],
  [
    'a base that is gone',
    `------\n > [context debian:12] load metadata for docker.io/library/debian@sha256:0:\n------\nERROR: failed to solve: failed to resolve source metadata for docker.io/library/debian@sha256:0: not found\n`,
    'web: docker buildx build failed: failed to resolve source metadata for docker.io/library/debian@sha256:0: not found; check that the builder can reach and read the registry of the base.',
  ],
  [
    'a registry that takes no push',
    'ERROR: failed to build: failed to solve: failed to push r.example/web:c: unexpected status from HEAD request: 401 Unauthorized\n',
    'web: docker buildx build failed: failed to push r.example/web:c: unexpected status from HEAD request: 401 Unauthorized; check that you may push there and are logged in.',
  ],
  [
    'a foreign platform',
    '------\n > [2/2] RUN true:\n0.1 exec /bin/sh: exec format error\n------\nERROR: failed to solve: process "/bin/sh -c true" did not complete successfully: exit code: 255\n',
    'web: docker buildx build failed: process "/bin/sh -c true" did not complete successfully: exit code: 255 (exec /bin/sh: exec format error); install QEMU emulation for the platform (docker/setup-qemu-action, or qemu-user-static) or build elsewhere.',
  ],
  [
    'no word of an error',
    'unknown flag: --annotation\n\n',
    'web: docker buildx build failed: unknown flag: --annotation.',
  ],
  ['no word at all', '', 'web: docker buildx build failed: it gave no message.'],
])('%s', (_, stderr, expected) => {
  const { failure } = buildFailure('web', exited(stderr));
  expect(failure.code).toBe('build-failed');
  expect(describeFailure(failure)).toBe(expected);
});

test('a flood of words is cut', () => {
  const step = Array.from({ length: 500 }, (_, at) => `0.1 line ${at} ${'x'.repeat(300)}`).join('\n');
  const { failure } = buildFailure('web', exited(`------\n > [2/2] RUN make:\n${step}\n------\nERROR: exit code: 2\n`));
  expect(failure.detail.length).toBeLessThan(1_100);
  expect(failure.detail).toContain('exit code: 2 (line 492');
});

test.each([
  [{ kind: 'not-found' } as const, 'missing-tool', 'docker is not installed'],
  [
    { kind: 'signalled', signal: 'SIGKILL', stdout: '', stderr: '' } as const,
    'build-failed',
    'docker buildx build was ended by SIGKILL',
  ],
])('%j', (exit, code, detail) => {
  expect(buildFailure('web', exit).failure).toMatchObject({ code, detail });
});

test('a base of another platform is a warning to pass on, once', () => {
  const line =
    ' - InvalidBaseImagePlatform: Base image debian:12 was pulled with platform "linux/amd64", expected "linux/arm64" for current build';
  expect(
    warningsIn(`\u001b[33m2 warnings found\n\u001b[0m${line} (line 2)\n${line} (line 4)\n - JSONArgsRecommended: x\n`),
  ).toEqual(['Base image debian:12 was pulled with platform "linux/amd64", expected "linux/arm64" for current build']);
});
