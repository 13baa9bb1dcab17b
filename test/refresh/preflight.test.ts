import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { TestRegistryOptions } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { startShop } from '../hosts/shop.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const bundles = useBundles();

/** Refreshes a stale image with these programs on PATH, each of which says that it was started. */
async function refresh(programs: readonly string[], files: Readonly<Record<string, string>>, ...options: string[]) {
  return refreshAt({}, programs, files, ...options);
}

async function refreshAt(
  registry: TestRegistryOptions,
  programs: readonly string[],
  files: Readonly<Record<string, string>>,
  ...options: string[]
) {
  const shop = await startShop(registry);
  onTestFinished(() => shop.close());
  const cwd = repository({ Dockerfile: 'FROM debian:12\n', ...files });
  const started = join(cwd, 'started');
  writeFileSync(started, '');
  for (const name of programs) {
    const text = `#!/bin/sh\necho ${name} "$@" >> '${started}'\nexit 1\n`;
    writeFileSync(join(cwd, name), text, { mode: 0o755 });
  }
  const image = `${shop.host}/acme/web:1`;
  const args = ['refresh', '--image', image, '--mirror', `docker.io=${shop.host}`, '--source=checkout', ...options];
  const env = { PATH: cwd, HOME: cwd };
  const ended = await runProcess(process.execPath, [bundles().cli, ...args], { env, cwd });
  const report = JSON.parse(readFileSync(join(cwd, '.base-image-refresh/report.json'), 'utf8'));
  return { ...ended, report, started: readFileSync(started, 'utf8') };
}

test('what every image of a run needs is named in one message before anything is built', async () => {
  const { code, stderr, report, started } = await refresh(
    ['docker', 'buildah', 'podman'],
    { Dockerfile: 'FROM debian:12\nRUN --mount=type=secret,id=npm,required=true true\n' },
    ...['--sign=cosign', '--sign-key=cosign.key'],
  );
  expect(code).toBe(3);
  const message = stderr
    .split('\n')
    .filter((line) => line.startsWith('error: this machine: lacks what the image needs'));
  expect(message).toHaveLength(1);
  for (const part of ['so nothing was built: trivy: is not on PATH;', 'cosign: is not on PATH;', 'the secret npm']) {
    expect(message[0]).toContain(part);
  }
  // Builders are asked who they are, and for nothing else.
  expect(started).not.toMatch(/build (?!x)|pull|push|login/);
  expect(report.images).toMatchObject([{ verdict: 'stale', build: null, failure: { code: 'missing-tool' } }]);
});

test('what alone is missing is said as ever', async () => {
  const { code, stderr } = await refresh(['docker'], {}, '--engine=rebase');
  expect(code).toBe(3);
  expect(stderr).toContain('trivy: is not on PATH; install Trivy, let --scanner-install do it');
  expect(stderr).not.toContain('this machine');
});

test('a dry run needs no scanner', async () => {
  const { stderr } = await refresh([], {}, '--dry-run');
  expect(stderr).not.toContain('trivy');
});

const registry = {
  authentication: {
    kind: 'token',
    users: { ci: 'hunter2' },
    access: { '*': { anonymous: ['pull'], ci: ['pull'] } },
  },
} as const satisfies TestRegistryOptions;

test('a builder that does not answer and a registry that lets nobody push are named before anything is built', async () => {
  const { code, stderr, report, started } = await refreshAt(registry, ['docker'], {});
  expect(code).toBe(3);
  const [message = '', ...others] = stderr.split('\n').filter((line) => line.startsWith('error: this machine: lacks'));
  expect(others).toEqual([]);
  for (const part of ['trivy: is not on PATH', 'no engine can rebuild it: ', 'push is not allowed']) {
    expect(message).toContain(part);
  }
  expect(started).not.toMatch(/^docker (?:buildx )?build /m);
  expect(report.images).toMatchObject([{ build: null, failure: { code: 'missing-tool' } }]);
});
