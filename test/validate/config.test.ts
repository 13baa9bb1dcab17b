import { expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { loadConfig } from '../../core/config.ts';
import { FailureError } from '../../core/failure.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

async function load(yaml: string, inputs: Readonly<Record<string, string>> = {}): Promise<Config> {
  const cwd = repository({ '.base-image-refresh.yml': yaml });
  return loadConfig(recordingHost({ command: 'refresh', allow: 'tests-runner', ...inputs }), createWorld({ cwd }));
}

async function refusal(yaml: string, inputs: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    await load(yaml, inputs);
  } catch (thrown) {
    if (thrown instanceof FailureError) return thrown.message;
    throw thrown;
  }
  throw new Error('it was accepted');
}

test('nothing is tested and nothing is kept unless asked for', async () => {
  const { tests, promotion } = await load('concurrency: 1');
  expect(tests).toEqual({ timeout: 60_000, runner: 'auto', structure: [], absent: [] });
  expect(promotion).toEqual({ keepCandidates: false, candidateMaxAge: 86_400_000 });
});

test('tests of all images, and what differs for one', async () => {
  const { tests, images } = await load(
    [
      'tests: { command: [app, --check], timeout: 5s, runner: podman, structure: [a.yaml], absent: [shell, setuid], compatibility: fail }',
      'images: [{ dockerfile: web/Dockerfile, tests: { command: [nginx, -t] } }, { dockerfile: api/Dockerfile }]',
    ].join('\n'),
  );
  expect(tests).toEqual({
    command: ['app', '--check'],
    timeout: 5_000,
    runner: 'podman',
    structure: ['a.yaml'],
    absent: ['shell', 'setuid'],
    compatibility: 'fail',
  });
  expect(images.map((image) => image.tests)).toEqual([{ command: ['nginx', '-t'] }, undefined]);
});

test('an input goes over the file for what promotion leaves behind', async () => {
  const yaml = "rollback-tag: 'old-{tag}'\nkeep-candidates: true";
  expect((await load(yaml)).promotion).toMatchObject({ rollbackTag: 'old-{tag}', keepCandidates: true });
  const inputs = { 'rollback-tag': '{tag}.before', 'keep-candidates': 'false' };
  expect((await load(yaml, inputs)).promotion).toMatchObject({ rollbackTag: '{tag}.before', keepCandidates: false });
});

const file = '.base-image-refresh.yml';
test.each([
  [
    'tests: { comand: [x] }',
    `${file}:1: tests.comand is not a key of the configuration; the nearest valid key is command.`,
  ],
  ['tests: { command: app --check }', `${file}:1: tests.command is one value; write it as a list.`],
  [
    'tests: { timeout: 5 }',
    `${file}:1: tests.timeout cannot be "5"; use a time from 1s to 24h, such as 90s, 30m or 2h.`,
  ],
  [
    'tests: { absent: [shells] }',
    `${file}:1: tests.absent[0] cannot be "shells"; the nearest valid value is shell (of shell, package-manager, setuid).`,
  ],
  [
    'rollback-tag: previous',
    `${file}:1: rollback-tag cannot be "previous"; write {tag} once with letters, digits, "_", "." or "-" beside it.`,
  ],
  [
    "rollback-tag: '{tag}'",
    `${file}:1: rollback-tag cannot be "{tag}"; write {tag} once with letters, digits, "_", "." or "-" beside it.`,
  ],
  [
    "rollback-tag: '{tag}/x'",
    `${file}:1: rollback-tag cannot be "{tag}/x"; write {tag} once with letters, digits, "_", "." or "-" beside it.`,
  ],
  ...['-{tag}', 'a b{tag}', 'old!{tag}', '{tag} x', '{tag}-{tag}', 'old-{tag}-{tag}'].map(
    (pattern): [string, string] => [
      `rollback-tag: '${pattern}'`,
      `${file}:1: rollback-tag cannot be "${pattern}"; write {tag} once with letters, digits, "_", "." or "-" beside it.`,
    ],
  ),
])('%s is refused', async (yaml, message) => {
  expect(await refusal(yaml)).toBe(message);
});
