import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { useBundles } from '../hosts/bundles.ts';
import { repository } from '../hosts/repository.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const bundles = useBundles();

interface Started {
  readonly process: ReturnType<typeof spawn>;
  readonly ended: Promise<{ readonly code: number | null; readonly milliseconds: number }>;
  stdout(): string;
  /** The number of a process that the fake program wrote down. */
  pid(name: string): number | undefined;
  readonly temporary: string;
}

/** `doctor` in a repository, with a podman on PATH that runs this script. */
function doctorWith(podman: string): Started {
  const folder = repository({
    'bin/podman': `#!/bin/sh\ncd "\${0%/*}/.."\n${podman}\n`,
    'work/Dockerfile': 'FROM debian:12\n',
  });
  chmodSync(join(folder, 'bin/podman'), 0o755);
  const temporary = repository({});
  const started = performance.now();
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: '/nonexistent', RUNNER_TEMP: temporary };
  const child = spawn(process.execPath, [bundles().cli, 'doctor', '--offline'], {
    cwd: join(folder, 'work'),
    env,
    stdio: 'pipe',
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.resume();
  const ended = once(child, 'exit').then(([code]) => ({ code, milliseconds: performance.now() - started }));
  return {
    process: child,
    ended,
    stdout: () => stdout,
    pid: (name) => {
      const file = join(folder, name);
      const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
      return pid > 0 ? pid : undefined;
    },
    temporary,
  };
}

// One that ended and that nobody has asked for its end is none that runs.
function runs(pid: number | undefined): boolean {
  const file = `/proc/${pid}/stat`;
  return pid !== undefined && existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'latin1'));
}

test('a podman that leaves a child does not keep doctor', async () => {
  const doctor = doctorWith(`sh -c 'echo $$ > left; exec sleep 46' &\necho "podman version 4.3.1"`);
  const { milliseconds } = await doctor.ended;
  expect(milliseconds).toBeLessThan(15_000);
  expect(doctor.stdout()).toMatch(/podman: 4\.3\.1/);
  await expect.poll(() => runs(doctor.pid('left'))).toBe(false);
});

const deaf = `trap '' TERM INT HUP\nsh -c 'echo $$ > child; while :; do sleep 1; done' &\necho $$ > parent\nwhile :; do sleep 1; done`;

test('an interrupt ends programs that ignore it, with all that they started, and leaves no temporary folder', async () => {
  const doctor = doctorWith(deaf);
  await expect.poll(() => runs(doctor.pid('child')) && runs(doctor.pid('parent')), { timeout: 20_000 }).toBe(true);
  const signalled = performance.now();
  doctor.process.kill('SIGINT');
  expect((await doctor.ended).code).toBe(130);
  expect(performance.now() - signalled).toBeLessThan(5_500);
  expect([runs(doctor.pid('child')), runs(doctor.pid('parent'))]).toEqual([false, false]);
  expect(readdirSync(doctor.temporary)).toEqual([]);
});

test('a second interrupt does not wait for them, and ends them too', async () => {
  const doctor = doctorWith(deaf);
  await expect.poll(() => runs(doctor.pid('child')) && runs(doctor.pid('parent')), { timeout: 20_000 }).toBe(true);
  const signalled = performance.now();
  doctor.process.kill('SIGINT');
  setTimeout(() => doctor.process.kill('SIGINT'), 100);
  expect((await doctor.ended).code).toBe(130);
  expect(performance.now() - signalled).toBeLessThan(1_500);
  await expect.poll(() => runs(doctor.pid('child')) || runs(doctor.pid('parent'))).toBe(false);
});
