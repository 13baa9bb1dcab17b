import { describe, expect, test } from 'vitest';
import type { Exit } from '../../core/ports.ts';
import { exitFailure, exitWords, type ProgramPurpose } from '../../core/text/exit-words.ts';

const silent = { stdout: '', stderr: '' };

function exited(stderr: string, code = 1): Exit {
  return { kind: 'exited', code, stdout: '', stderr };
}

// One of every way in which a program cannot start or end, with its sentence and what is to be done.
const exits: Readonly<Record<Exit['kind'], readonly [Exit, string, string]>> = {
  exited: [exited('denied'), 'docker push ended with exit code 1: denied', 'log in'],
  'not-found': [{ kind: 'not-found' }, 'docker is not installed', 'install docker'],
  'not-executable': [
    { kind: 'not-executable' },
    'docker may not be executed',
    'make its file executable for this user',
  ],
  'no-interpreter': [
    { kind: 'no-interpreter' },
    'docker cannot be run here, for its interpreter or loader is missing',
    'install docker as it is made for this system',
  ],
  'no-working-folder': [
    { kind: 'no-working-folder', folder: '/gone' },
    'docker push was not started, for its folder /gone is not there or may not be entered',
    'check the folder and its permissions',
  ],
  'arguments-too-long': [
    { kind: 'arguments-too-long' },
    'docker push was not started, for its arguments and environment are longer than the system allows',
    'give fewer or shorter values',
  ],
  'nul-in-arguments': [
    { kind: 'nul-in-arguments' },
    'docker push was not started, for one of its arguments or variables holds a NUL character',
    'take the character out of the value',
  ],
  'not-started': [
    { kind: 'not-started', reason: 'spawn docker EAGAIN' },
    'docker push was not started (spawn docker EAGAIN)',
    'see what this machine is short of, and run again',
  ],
  signalled: [
    { kind: 'signalled', signal: 'SIGKILL', ...silent },
    'docker push was ended by SIGKILL',
    'see whether this machine ran out of memory',
  ],
  'timed-out': [
    { kind: 'timed-out', timeout: 20_000, stdout: '', stderr: 'waiting for the lock' },
    'docker push did not end within 20.0 s and was stopped: waiting for the lock',
    'give it more time',
  ],
  aborted: [{ kind: 'aborted', ...silent }, 'docker push was stopped together with the run', 'run again'],
  'too-much-output': [
    { kind: 'too-much-output', limit: 1024, ...silent },
    'docker push wrote more than 1024 bytes and was stopped',
    'log in',
  ],
};

const push: ProgramPurpose = {
  code: 'build-failed',
  subject: 'web',
  step: 'docker push',
  remedy: 'log in',
  moreTime: 'give it more time',
  retryable: true,
};

describe('exitFailure', () => {
  test.each(Object.values(exits))('$0.kind', (exit, detail, remedy) => {
    const isMissing = /^(?:not-found|not-executable|no-interpreter)$/.test(exit.kind);
    expect(exitFailure(exit, push).failure).toEqual({
      code: isMissing ? 'missing-tool' : 'build-failed',
      subject: 'web',
      detail,
      remedy,
      retryable: ['exited', 'signalled', 'timed-out', 'not-started'].includes(exit.kind),
    });
  });

  test('says what there is not for this reason', () => {
    const attempt = { ...push, problem: 'Trivy made no report' };
    expect(exitFailure(exited('FATAL no route'), attempt).message).toBe(
      'web: Trivy made no report: it ended with exit code 1: FATAL no route; log in.',
    );
  });

  test('has the remedies of its caller first', () => {
    expect(exitFailure({ kind: 'not-found' }, { ...push, install: 'install Docker Engine' }).failure.remedy).toBe(
      'install Docker Engine',
    );
    const { moreTime: _, ...without } = push;
    expect(exitFailure(exits['timed-out'][0], without).failure.remedy).toBe('log in');
  });

  test('repeats nothing of an output that may hold a secret', () => {
    expect(exitFailure(exited('token hunter2'), { ...push, isSecret: true }).message).toBe(
      'web: docker push ended with exit code 1; log in.',
    );
  });
});

describe('exitWords', () => {
  test.each<readonly [Exit, string]>([
    [exited(''), 'ended with exit code 1 and no message'],
    [exited('one\ntwo\n\n'), 'ended with exit code 1: two'],
    [
      exited('2026-11-21T07:58:40Z\tINFO\tdownloading\n2026-11-21T07:58:41Z\tDEBUG\tmore'),
      'ended with exit code 1 and no message',
    ],
    [
      exited('2026-11-21T07:58:40Z\tERROR\tfirst\n2026-11-21T07:58:41Z\tFATAL\tlast\n\t* cause\r\n'),
      'ended with exit code 1: FATAL last * cause',
    ],
    [exited('\u001b[31mpanic:\u001b[0m \u0007bell'), 'ended with exit code 1: panic: bell'],
    [exited(`error: ${'x'.repeat(1000)}`, 2), `ended with exit code 2: error: ${'x'.repeat(393)}…`],
    [{ kind: 'timed-out', timeout: 90_000, ...silent }, 'did not end within 1 min 30 s and was stopped'],
    [{ kind: 'timed-out', timeout: 300, ...silent }, 'did not end within 300 ms and was stopped'],
  ])('%#', (exit, sentence) => {
    expect(exitWords(exit)).toBe(sentence);
  });
});
