import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { offer, offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const json = { format: 'json' };

test('says what is past its end of life, and what takes the place of an image', async () => {
  await offer(server, 'library/openjdk', '17');
  await offer(server, 'library/node', '16');
  const files = { Dockerfile: 'FROM openjdk:17 AS j\nFROM node:16\n' };
  const ended = await update(server, files, json, { now: new Date('2026-12-01T00:00:00Z') });
  expect(ended.document).toMatchObject({
    updates: [],
    held: [{ from: 'docker.io/library/openjdk:17', to: 'docker.io/library/eclipse-temurin', reason: 'replaced' }],
    unchanged: [{ reference: 'docker.io/library/node:16', why: 'newest' }],
    endOfLife: [
      {
        reference: 'docker.io/library/node:16',
        product: 'Node.js 16',
        ends: '2023-09-11',
        tableOf: '2026-12-01',
        locations: [{ path: 'Dockerfile', line: 2 }],
      },
    ],
  });
  expect(ended.lines).toEqual([
    'info: openjdk:17 stays in Dockerfile:1: eclipse-temurin takes the place of openjdk, which is deprecated on Docker Hub; choose its tag',
    'warning: node:16 in Dockerfile:2 gets no more fixes: Node.js 16 ended on 2023-09-11, by a table of 2026-12-01',
    'info: Nothing is updated: what is newer is held.',
  ]);
});

test('takes dates and replacements of rules', async () => {
  await offerAll(server, 'acme/base', ['1.0.0']);
  const rule = '{match: ["acme/base:*"], end-of-life: 2026-11-30, replaced-by: quay.io/acme/base}';
  const files = { Dockerfile: 'FROM acme/base:1.0.0\n', '.base-image-refresh.yml': `update: {rules: [${rule}]}\n` };
  const { document } = await update(server, files, json, { now: new Date('2026-12-01T00:00:00Z') });
  expect(document).toMatchObject({
    held: [
      { to: 'quay.io/acme/base:1.0.0', detail: 'takes the place of acme/base, which is replaced in update.rules' },
    ],
    endOfLife: [{ product: 'acme/base', ends: '2026-11-30', tableOf: null }],
  });
});

test.each([
  ['end-of-life: soon', 'update.rules[0].end-of-life cannot be "soon"'],
  ['replaced-by: "Not An Image"', 'update.rules[0].replaced-by cannot be "Not An Image"'],
])('%s is refused', async (key, message) => {
  const settings = `update: {rules: [{match: [node], ${key}}]}\n`;
  const ended = await update(server, { Dockerfile: 'FROM scratch\n', '.base-image-refresh.yml': settings });
  expect(ended.thrown).toContain(message);
});
