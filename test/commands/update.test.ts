import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { offer, offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const json = { format: 'json' };

describe('update', () => {
  test('shows what would change as a diff that git applies, and changes nothing', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0', '22.1.0', 'latest']);
    const before = '# web\r\nFROM node:20.10.0 AS build\r\nRUN true';
    const ended = await update(server, { 'web app/Dockerfile': before });
    expect(ended.lines).toEqual([
      'info: node:20.10.0 can be node:20.11.0, minor, in web app/Dockerfile:2',
      'info: node:20.10.0 stays in web app/Dockerfile:2: node:22.1.0 is a major update; policy: major would take it',
    ]);
    expect(ended.printed).toBe(
      [
        '--- a/web app/Dockerfile',
        '+++ b/web app/Dockerfile',
        '@@ -1,3 +1,3 @@',
        ' # web\r',
        '-FROM node:20.10.0 AS build\r',
        '+FROM node:20.11.0 AS build\r',
        ' RUN true',
        '\\ No newline at end of file',
      ].join('\n'),
    );
    expect(ended.conclusion).toBe('succeeded');
    expect(ended.file('web app/Dockerfile')).toBe(before);
    execFileSync('git', ['apply', '.base-image-refresh/update.patch'], { cwd: ended.root });
    expect(ended.file('web app/Dockerfile')).toBe(before.replace('20.10.0', '20.11.0'));
    expect(ended.host.attached).toEqual([join(ended.root, '.base-image-refresh/update.patch')]);
    const after = await update(server, {}, {}, { root: ended.root });
    expect(after.host.attached).toEqual([]);
    expect(() => after.file('.base-image-refresh/update.patch')).toThrow('ENOENT');
  });

  test('writes with --write, and not on a dry run', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const files = { Dockerfile: '\uFEFFFROM node:20.10.0\n' };
    const ended = await update(server, files, { write: 'true' });
    expect(ended.file('Dockerfile')).toBe('\uFEFFFROM node:20.11.0\n');
    expect(ended.printed).toBe('');
    expect(ended.lines).toEqual(['info: node:20.10.0 is now node:20.11.0, minor, in Dockerfile:1']);
    const dry = await update(server, files, { write: 'true', 'dry-run': 'true' });
    expect(dry.file('Dockerfile')).toBe(files.Dockerfile);
    expect(dry.printed).toContain('+\uFEFFFROM node:20.11.0');
  });

  test('refuses a folder without a file that could be updated, for the path may be mistyped', async () => {
    const ended = await update(server, { 'README.md': 'FROM node:20\n' }, {});
    expect(ended.conclusion).toBe('usage-error');
    expect(ended.lines.join('\n')).toMatch(
      /error: .*: no Dockerfile and no Compose file was found; check the path and the exclude patterns, or set allow-empty/,
    );
    const allowed = await update(server, { 'README.md': 'FROM node:20\n' }, { 'allow-empty': 'true' });
    expect(allowed).toMatchObject({ conclusion: 'succeeded', lines: ['info: Nothing to update.'] });
  });

  test('says so where there is nothing newer, and a second run changes nothing', async () => {
    await offerAll(server, 'library/node', ['20.11.0', 'latest']);
    const files = { Dockerfile: 'FROM node:20.11.0\nFROM node\nFROM scratch\n' };
    const ended = await update(server, files, { write: 'true' });
    expect(ended).toMatchObject({ conclusion: 'succeeded', printed: '', lines: ['info: Nothing to update.'] });
    expect(ended.file('Dockerfile')).toBe(files.Dockerfile);
  });

  test('shows a major apart where the policy does not take it, and calls nothing newest', async () => {
    await offerAll(server, 'library/postgres', ['15.4', '16.1', '17.2']);
    const files = { Dockerfile: 'FROM postgres:15.4\n' };
    const ended = await update(server, files);
    expect(ended).toMatchObject({ conclusion: 'succeeded', printed: '' });
    expect(ended.lines).toEqual([
      'info: postgres:15.4 stays in Dockerfile:1: postgres:17.2 is a major update; policy: major would take it',
      'info: Nothing is updated: what is newer is held.',
    ]);
    const { document } = await update(server, files, json);
    expect(document).toMatchObject({
      updates: [],
      held: [{ to: 'docker.io/library/postgres:17.2', kind: 'major', reason: 'policy' }],
      unchanged: [],
    });
  });

  test('prints one JSON document', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0', '22.1.0']);
    await offer(server, 'library/alpine', 'latest');
    const ended = await update(
      server,
      { Dockerfile: 'ARG V=20.10.0\nFROM node:$V AS a\nFROM node:$V\nFROM alpine\n' },
      json,
    );
    expect(ended.document).toMatchObject({
      schemaVersion: 1,
      updates: [
        {
          group: 'base-images',
          from: 'docker.io/library/node:20.10.0',
          to: 'docker.io/library/node:20.11.0',
          kind: 'minor',
          locations: [{ path: 'Dockerfile', line: 1, via: 'from', through: 'ARG V' }],
          notes: ['ARG V on line 1 of Dockerfile feeds line 2 of Dockerfile and line 3 of Dockerfile'],
        },
      ],
      held: [
        {
          from: 'docker.io/library/node:20.10.0',
          to: 'docker.io/library/node:22.1.0',
          kind: 'major',
          reason: 'policy',
          detail: 'is a major update; policy: major would take it',
        },
      ],
      unchanged: [
        {
          reference: 'docker.io/library/alpine:latest',
          why: 'floating',
          locations: [{ path: 'Dockerfile', line: 4, via: 'from', through: null }],
        },
      ],
      pins: [],
      failures: [],
      changed: ['Dockerfile'],
      written: [],
    });
    expect(ended.host.printed).toHaveLength(1);
    const written = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, { ...json, write: 'true' });
    expect(written.document.written).toEqual(['Dockerfile']);
  });

  test('writes through a link, once for two names of one file', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const root = repository({ 'images/web.Dockerfile': 'FROM node:20.10.0\n' });
    symlinkSync('images/web.Dockerfile', join(root, 'Dockerfile'));
    const ended = await update(server, {}, { ...json, write: 'true' }, { root });
    expect(ended.document).toMatchObject({ written: ['images/web.Dockerfile'], failures: [] });
    expect(execFileSync('ls', ['-l', join(root, 'Dockerfile')], { encoding: 'utf8' })).toContain(
      '-> images/web.Dockerfile',
    );
    expect(ended.file('Dockerfile')).toBe('FROM node:20.11.0\n');
  });

  test('leaves a file alone that changes while registries are asked, and says so', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const root = repository({ Dockerfile: 'FROM node:20.10.0\n' });
    const changed = 'FROM node:20.10.0\nRUN x\n';
    const change = () => {
      writeFileSync(join(root, 'Dockerfile'), changed);
      return true;
    };
    server.inject({ path: /tags\/list/, when: change, effect: { kind: 'delay', milliseconds: 0 } });
    const ended = await update(server, {}, { write: 'true' }, { root });
    expect(ended.conclusion).toBe('incomplete');
    expect(ended.lines.at(-1)).toBe('error: Dockerfile: changed while it was being looked at; run again.');
    expect(ended.file('Dockerfile')).toBe(changed);
  });

  test('refuses a file whose bytes would not come back', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const root = repository({});
    writeFileSync(join(root, 'Dockerfile'), Buffer.from('FROM node:20.10.0\n# caf\xe9\n', 'latin1'));
    const ended = await update(server, {}, { write: 'true' }, { root });
    expect(ended.conclusion).toBe('incomplete');
    expect(ended.lines).toEqual(['error: Dockerfile: is not UTF-8, so that it cannot be edited; save it as UTF-8.']);
  });

  test('tells of a Dockerfile that BuildKit refuses, and goes on with the rest', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const ended = await update(
      server,
      { 'a/Dockerfile': 'FORM node:20.10.0\n', 'b/Dockerfile': 'FROM node:20.10.0\n' },
      json,
    );
    expect(ended.conclusion).toBe('incomplete');
    expect(ended.document.failures).toMatchObject([{ code: 'dockerfile', subject: 'a/Dockerfile:1' }]);
    expect(ended.document.changed).toEqual(['b/Dockerfile']);
  });

  test('leaves what the repository publishes itself to refresh', async () => {
    const ended = await update(
      server,
      {
        'a/Dockerfile': 'FROM scratch\n',
        'b/Dockerfile': 'FROM ghcr.io/acme/a:1.0\n',
        '.base-image-refresh.yml': 'images: [{name: a, dockerfile: a/Dockerfile, image: "ghcr.io/acme/a:1.0"}]\n',
      },
      json,
    );
    expect(ended.document).toMatchObject({
      unchanged: [{ reference: 'ghcr.io/acme/a:1.0', why: 'own-image' }],
      failures: [],
    });
  });
});

describe('the tags of a repository', () => {
  test('are read over every page', async () => {
    await server.close();
    server = await startRegistry({ pageSize: 3 });
    await offerAll(server, 'library/node', [
      '20.10.0',
      ...Array.from({ length: 9 }, (_, minor) => `20.1${minor + 1}.0`),
    ]);
    const ended = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, json);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.19.0' }]);
    expect(server.requests.filter(({ path }) => path.endsWith('/tags/list')).length).toBeGreaterThan(3);
  });

  test('are asked for once for many references, and not at all for tags that only float', async () => {
    await offerAll(server, 'library/node', ['20.10.0', 'latest', 'lts-alpine']);
    await update(server, { Dockerfile: 'FROM node\nFROM node:lts-alpine\n' });
    expect(server.requests.filter(({ path }) => path.endsWith('/tags/list'))).toEqual([]);
  });

  test.each([
    [500, 'unreachable'],
    [403, 'forbidden'],
    [404, 'not-found'],
  ])('that are answered with %i leave the reference unjudged and the rest done', async (status, code) => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    await offerAll(server, 'library/redis', ['7.0.0', '7.1.0']);
    server.inject({ path: /library\/redis\/tags/, effect: { kind: 'status', status } });
    const files = { Dockerfile: 'FROM redis:7.0.0 AS r\nFROM node:20.10.0\n' };
    const ended = await update(server, files, { ...json, write: 'true' });
    expect(ended.conclusion).toBe('incomplete');
    expect(ended.document.failures).toMatchObject([{ code, subject: 'docker.io/library/redis' }]);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    expect(ended.file('Dockerfile')).toBe('FROM redis:7.0.0 AS r\nFROM node:20.11.0\n');
  });

  test('are waited for where the registry limits the rate', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const limited = server.inject({ path: /tags\/list/, times: 2, effect: { kind: 'rate-limited', retryAfter: '1' } });
    const ended = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, json);
    expect(limited.hits()).toBe(2);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    server.inject({ path: /tags\/list/, effect: { kind: 'rate-limited' } });
    const never = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, json);
    expect(never.conclusion).toBe('incomplete');
    expect(never.document.failures).toMatchObject([{ code: 'rate-limited' }]);
  });

  test('that are gone when they are looked at are passed over', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0', '20.12.0']);
    server.inject({ path: /manifests\/20\.12\.0/, effect: { kind: 'status', status: 404 } });
    const ended = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, json);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    expect(ended.document.held).toEqual([]);
  });

  test('that cannot be looked at fail the reference: the newest is not known', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0', '20.12.0']);
    server.inject({ path: /manifests\/20\.12\.0/, effect: { kind: 'status', status: 500 } });
    const ended = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, json);
    expect(ended).toMatchObject({
      conclusion: 'incomplete',
      document: { updates: [], failures: [{ code: 'unreachable' }] },
    });
  });

  test('do without the tag in use where another may stand in its place, and fail where none may', async () => {
    await offerAll(server, 'library/node', ['20.11.0']);
    const ended = await update(server, { Dockerfile: 'FROM node:20.10.0\nFROM node:21.0.0\n' }, json);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/library/node:20.11.0' }]);
    expect(ended.document.failures).toMatchObject([
      {
        code: 'tag-gone',
        subject: 'docker.io/library/node:21.0.0',
        detail: 'its repository has no such tag, and none that may stand in its place',
      },
    ]);
    expect(ended.conclusion).toBe('incomplete');
  });
});
