import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

describe('update', () => {
  test('shows what would change as a diff and changes nothing', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0', '22.1.0', 'latest']);
    const before = '# web\nFROM node:20.10.0 AS build\nRUN true\n';
    const ended = await update(server, { Dockerfile: before });
    expect(ended.lines.join('\n')).toBe('info: node:20.10.0 can be node:20.11.0, minor, in Dockerfile:2');
    expect(ended.printed).toBe(
      [
        '--- a/Dockerfile',
        '+++ b/Dockerfile',
        '@@ -1,3 +1,3 @@',
        ' # web',
        '-FROM node:20.10.0 AS build',
        '+FROM node:20.11.0 AS build',
        ' RUN true',
      ].join('\n'),
    );
    expect(ended.conclusion).toBe('succeeded');
    expect(ended.file('Dockerfile')).toBe(before);
  });

  test('writes with --write', async () => {
    await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
    const ended = await update(server, { Dockerfile: 'FROM node:20.10.0\n' }, { write: 'true' });
    expect(ended.file('Dockerfile')).toBe('FROM node:20.11.0\n');
    expect(ended.printed).toBe('');
  });
});
