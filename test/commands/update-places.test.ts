import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createRun } from '../../core/refresh/context.ts';
import { findUpdates } from '../../core/update/find-updates.ts';
import { createWorld } from '../../core/world.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { createRecordingHost } from '../support/run.ts';
import { offer, offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
  await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
  await offerAll(server, 'library/redis', ['7.0.0', '7.1.0']);
});
afterEach(() => server.close());

const json = { format: 'json' };
const write = { ...json, write: 'true' };
const dockerfile = 'ARG NODE=20\nFROM node:${NODE}\n';

describe('an update is written where the version stands', () => {
  test.each([
    [
      'a mapping of a Compose file',
      'compose.yaml',
      (v: string) =>
        `services:\r\n  web:\r\n    image: acme/web # NODE=20.10.0\r\n    build:\r\n      context: web\r\n      args: {NODE: '${v}', OTHER: '20.10.0'} # c\r\n`,
      'services.web.build.args.NODE',
      6,
    ],
    [
      'a list of a Compose file',
      'compose.yaml',
      (v: string) =>
        `services:\n  web:\n    image: acme/web\n    build:\n      context: web\n      args:\n        - "NODE=${v}"\n`,
      'services.web.build.args.0 NODE',
      7,
    ],
    [
      'a bake file',
      'docker-bake.json',
      (v: string) =>
        `{\n\t"target": {\n\t\t"web": {"context": "web", "tags": ["acme/web"], "args": {"NODE": "${v}"}}\n\t}\n}\n`,
      'target.web.args.NODE',
      3,
    ],
    [
      'a workflow',
      '.github/workflows/build.yml',
      (v: string) =>
        `jobs:\n  build:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: web\n          push: true\n          tags: acme/web\n          build-args: |\n            # NODE=20.10.0\n            OTHER=1\n            NODE=${v}\n`,
      'jobs.build.steps.0.with.build-args NODE',
      12,
    ],
  ])('in %s', async (_, path, text, through, line) => {
    const files = { 'web/Dockerfile': dockerfile, [path]: text('20.10.0') };
    const ended = await update(server, files, write);
    expect(ended.document.held).toEqual([]);
    expect(ended.document.updates).toMatchObject([
      { to: 'docker.io/library/node:20.11.0', locations: [{ path, line, via: 'from', through }] },
    ]);
    expect(ended.file(path)).toBe(text('20.11.0'));
    expect(ended.file('web/Dockerfile')).toBe(dockerfile);
    expect(ended.document.written).toEqual([path]);
  });

  test('in images that services run, and not in those that they build', async () => {
    const compose = (v: string) =>
      `services:\n  cache:\n    image: redis:${v} # redis:7.0.0\n  web:\n    image: redis:7.0.0-web\n    build: .\n`;
    const other = (v: string) => `services:\n  cache: { image: 'redis:${v}' }\n  web: { image: 'redis:7.0.0' }\n`;
    const named = 'docker-compose.prod.yml';
    const files = { 'compose.yaml': compose('7.0.0'), [named]: other('7.0.0'), Dockerfile: 'FROM scratch\n' };
    const ended = await update(server, files, write);
    expect([ended.file('compose.yaml'), ended.file(named)]).toEqual([compose('7.1.0'), other('7.1.0')]);
    expect(ended.document.updates).toMatchObject([
      {
        locations: [
          { path: 'compose.yaml', line: 3, via: 'compose-image' },
          { path: named, line: 2, via: 'compose-image' },
        ],
      },
    ]);
  });

  test('and what the environment gives a Compose file stays, with a word', async () => {
    const files = { 'compose.yaml': 'services:\n  c:\n    image: redis:${REDIS}\n', '.env': 'REDIS=7.0.0\n' };
    const ended = await update(server, files, write);
    expect(ended.document).toMatchObject({
      updates: [],
      held: [
        { to: 'docker.io/library/redis:7.1.0', reason: 'not-editable', detail: 'is not written there in one piece' },
      ],
    });
    expect(ended.lines).toContain(
      'info: redis:7.0.0 could be redis:7.1.0, but compose.yaml:3 is not written there in one piece',
    );
  });

  test('and never in the arguments of the run or of its configuration', async () => {
    const ended = await update(server, { Dockerfile: dockerfile }, { ...write, 'build-arg': 'NODE=20.10.0' });
    expect(ended.document.held).toMatchObject([
      {
        reason: 'not-editable',
        detail: 'takes NODE from the build arguments of this run, which cannot be edited safely',
      },
    ]);
    expect(ended.document.written).toEqual([]);
    const settings = 'images: [{dockerfile: Dockerfile, build-args: {NODE: 20.10.0}}]\n';
    const configured = await update(server, { Dockerfile: dockerfile, '.base-image-refresh.yml': settings }, write);
    expect(configured.document.held).toMatchObject([
      { detail: 'takes NODE from .base-image-refresh.yml, which cannot be edited safely' },
    ]);
    expect(configured.file('.base-image-refresh.yml')).toBe(settings);
  });

  test('and an argument that another build shares stays, with a word', async () => {
    const args = 'x-args: &args {NODE: 20.10.0}\nservices:\n';
    const service = (name: string) =>
      `  ${name}:\n    image: acme/${name}\n    build: {context: ${name}, args: *args}\n`;
    const files = {
      'a/Dockerfile': dockerfile,
      'b/Dockerfile': 'ARG NODE\nFROM redis:${NODE}\n',
      'compose.yaml': args + service('a') + service('b'),
    };
    await offer(server, 'library/redis', '20.10.0');
    const ended = await update(server, files, write);
    expect(ended.document).toMatchObject({ updates: [], held: [{ reason: 'not-editable' }], written: [] });
  });
});

describe('rules', () => {
  const files = (rules: string) => ({
    'a/Dockerfile': 'FROM node:20.10.0\n',
    'b/Dockerfile': 'FROM redis:7.0.0\n',
    '.base-image-refresh.yml': `update:\n  policy: patch\n  rules:\n${rules}`,
  });
  const moves = (document: { updates: readonly { group: string; to: string }[] }) =>
    document.updates.map(({ group, to }) => `${group} ${to.replace('docker.io/library/', '')}`);
  beforeEach(async () => {
    await offer(server, 'library/node', '22.1.0');
    await offer(server, 'library/redis', '8.0.0');
  });

  test.each([
    ['nothing under patch', '    - {match: [node], lts: false}\n', []],
    ['by short name', '    - {match: [node], policy: minor}\n', ['base-images node:20.11.0']],
    ['by full name', '    - {match: [docker.io/library/redis], policy: major}\n', ['base-images redis:8.0.0']],
    ['by tag', '    - {match: ["node:20*"], policy: major}\n', ['base-images node:22.1.0']],
    ['by pattern', '    - {match: ["**"], policy: minor}\n', ['base-images node:20.11.0', 'base-images redis:7.1.0']],
    [
      'the last one on top',
      '    - {match: ["*"], policy: major, group: all}\n    - {match: [redis], policy: minor}\n    - {match: [node], policy: off}\n',
      ['all redis:7.1.0'],
    ],
    [
      'in groups',
      '    - {match: [node], policy: minor, group: runtimes}\n    - {match: [redis], policy: minor, group: caches}\n',
      ['runtimes node:20.11.0', 'caches redis:7.1.0'],
    ],
    [
      'a range',
      '    - {match: ["*"], policy: major, allow: "<8 || >20"}\n',
      ['base-images node:22.1.0', 'base-images redis:7.1.0'],
    ],
    [
      'tags ignored',
      '    - {match: ["*"], policy: major, ignore: ["22.*", "8.0.0"]}\n',
      ['base-images node:20.11.0', 'base-images redis:7.1.0'],
    ],
    [
      'majors with long-term support',
      '    - {match: [node], policy: major, lts-majors: [18, 20]}\n',
      ['base-images node:20.11.0'],
    ],
  ])('%s', async (_, rules, expected) => {
    expect(moves((await update(server, files(rules), json)).document)).toEqual(expected);
  });

  test('give each group the files that it alone would change, and all of them together', async () => {
    const root = repository({
      Dockerfile: 'FROM node:20.10.0 AS n\nFROM redis:7.0.0\n',
      'r/Dockerfile': 'FROM redis:7.0.0\n',
      '.base-image-refresh.yml': 'update: {rules: [{match: [node], group: n}, {match: [redis], group: r}]}\n',
    });
    const world = createWorld({ cwd: root });
    const host = createRecordingHost({ command: 'update', mirror: `docker.io=${server.host}` });
    const plan = await findUpdates(createRun(await loadConfig(host, world), host, world));
    await world.close();
    const before = 'FROM node:20.10.0 AS n\nFROM redis:7.0.0\n';
    const other = { path: 'r/Dockerfile', before: 'FROM redis:7.0.0\n', after: 'FROM redis:7.1.0\n' };
    expect(plan.groups.map(({ name, files: changes }) => [name, changes])).toEqual([
      ['n', [{ path: 'Dockerfile', before, after: 'FROM node:20.11.0 AS n\nFROM redis:7.0.0\n' }]],
      ['r', [{ path: 'Dockerfile', before, after: 'FROM node:20.10.0 AS n\nFROM redis:7.1.0\n' }, other]],
    ]);
    expect(plan.files).toEqual([
      { path: 'Dockerfile', before, after: 'FROM node:20.11.0 AS n\nFROM redis:7.1.0\n' },
      other,
    ]);
  });

  test('as the documentation shows them', async () => {
    const page = readFileSync(new URL('../../docs/update.md', import.meta.url), 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(example).toContain('rules:');
    const ended = await update(server, { Dockerfile: 'FROM scratch\n', '.base-image-refresh.yml': example });
    expect(ended).toMatchObject({ thrown: '', conclusion: 'succeeded' });
  });

  test.each([
    ['rules: [{policy: major}]', 'update.rules[0] has no match'],
    ['rules: [{match: [node], policy: newest}]', 'update.rules[0].policy cannot be "newest"'],
    ['rules: [{match: [node], allow: "below 20"}]', 'update.rules[0].allow cannot be "below 20"'],
    ['rules: [{match: [node], group: "a b"}]', 'update.rules[0].group cannot be "a b"'],
    ['rules: [{match: [node], group: "a."}]', 'update.rules[0].group cannot be "a."'],
    ['rules: [{match: [node], lts-majors: [new]}]', 'update.rules[0].lts-majors[0] cannot be "new"'],
    ['rules: [{match: [node], minimum-age: 400}]', 'update.rules[0].minimum-age cannot be "400"'],
    ['minimum-age: soon', 'update.minimum-age cannot be "soon"'],
    ['polcy: major', 'the nearest valid key is policy'],
  ])('%s is refused', async (update_, message) => {
    const ended = await update(server, {
      Dockerfile: 'FROM scratch\n',
      '.base-image-refresh.yml': `update: {${update_}}\n`,
    });
    expect(ended.thrown).toContain(message);
  });
});

describe('a Dockerfile inside a Compose file', () => {
  test('is looked at and not edited, with a word', async () => {
    const compose =
      'services:\n  web:\n    image: acme/web\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM node:20.10.0\n';
    const ended = await update(server, { 'compose.yaml': compose }, write);
    expect(ended.document).toMatchObject({
      updates: [],
      held: [
        {
          to: 'docker.io/library/node:20.11.0',
          reason: 'not-editable',
          detail: 'has it in a Dockerfile inside another file',
          locations: [{ path: 'compose.yaml', line: 7 }],
        },
      ],
      failures: [],
    });
    expect(ended.file('compose.yaml')).toBe(compose);
  });
});
