import { expect, test } from 'vitest';
import { doctor } from './support.ts';

const dockerfile = { Dockerfile: 'FROM debian:12\n' };
const offline = { inputs: { offline: 'true' } };

test('prints one JSON document and ends with 3 where a tool is missing', async () => {
  const { conclusion, document, printed, of } = await doctor(dockerfile, offline);
  expect(printed).toBe(JSON.stringify(document, null, 2));
  expect(document).toMatchObject({ schemaVersion: 1, tool: { name: 'base-image-refresh' } });
  for (const check of document.checks) {
    expect(Object.keys(check)).toEqual(['id', 'group', 'state', 'subject', 'detail', 'remedy']);
  }
  expect(of('node')).toMatchObject([{ group: 'environment', state: 'ok', detail: process.versions.node }]);
  expect(of('engine')[0]).toMatchObject({ state: 'problem', subject: 'engine for shop' });
  expect(of('config-file')).toMatchObject([{ state: 'note', subject: '.base-image-refresh.yml' }]);
  expect(document.totals.problem).toBeGreaterThan(0);
  expect(conclusion).toBe('incomplete');
});

test('tells what is wrong with the configuration file by line and nearest key, and goes on without it', async () => {
  const { conclusion, of } = await doctor(
    { ...dockerfile, '.base-image-refresh.yml': 'tags: [1]\nenigne: docker\n' },
    offline,
  );
  expect(of('config-file')[0]).toEqual({
    id: 'config-file',
    group: 'configuration',
    state: 'problem',
    subject: '.base-image-refresh.yml:2',
    detail: 'enigne is not a key of the configuration',
    remedy: 'the nearest valid key is engine',
  });
  expect(of('engine').filter(({ state }) => state === 'problem')).toHaveLength(1);
  expect(conclusion).toBe('usage-error');
});

test('a wrong input still ends the run', async () => {
  const { conclusion, printed } = await doctor(dockerfile, { inputs: { engine: 'dokcer' } });
  expect({ conclusion, printed }).toEqual({ conclusion: 'usage-error', printed: '' });
});

test('settings that the scanner refuses are a finding of the configuration', async () => {
  const { conclusion, of } = await doctor(
    { ...dockerfile, '.base-image-refresh.yml': 'scanner:\n  tool: command\n' },
    offline,
  );
  expect(of('config-file')[0]).toMatchObject({ state: 'problem', group: 'configuration' });
  expect(conclusion).toBe('usage-error');
});

test('reads well on a terminal of any width, and says what is in order once for each subject', async () => {
  const files = { ...dockerfile, Makefile: '' };
  const { printed } = await doctor(files, { inputs: { ...offline.inputs, format: 'table' } });
  expect(printed).toContain('Environment\n  ✓ Node.js: ');
  expect(printed).toMatch(/\n\n\d+ problems?, (?:\d+ not checked, )?\d+ warnings?, \d+ notes, \d+ ok\.$/);
  for (const line of printed.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('the saved summary holds no secret in what was found', async () => {
  const masked = (text: string) => text.replaceAll('shop', '***');
  const { summaries } = await doctor(dockerfile, { inputs: { offline: 'true' }, kind: 'github', masked });
  expect(summaries[0]).toContain('podman for &#42;&#42;&#42;');
  expect(summaries[0]).not.toContain('shop');
});
