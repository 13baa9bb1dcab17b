import { expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import type { World } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';
import { doctor } from './support.ts';
import { examine, offline, path, workflow } from './workflow.ts';

test('a workflow that is no YAML is told by line; files that do not run this program are left alone', async () => {
  const broken = await examine('jobs:\n  a: [base-image-refresh\n');
  expect(broken.of('workflow-files')).toMatchObject([
    {
      state: 'problem',
      subject: expect.stringMatching(/refresh\.yml:\d+$/),
      detail: expect.stringContaining('is not valid YAML'),
    },
  ]);
  const other = await examine('on: push\njobs: { a: { steps: [{ run: npm test }] } }\n');
  expect(other.of('workflow-files')).toMatchObject([{ state: 'note', detail: 'no workflow runs this program' }]);
});

const untouched = createWorld().files;
test.each([
  [path, 'unknown'],
  ['azure-pipelines.yml', 'unknown'],
  ['.github/actions/refresh/action.yml', 'unknown'],
  ['chart/values.yaml', 'note'],
])('%s that cannot be read is not taken for one that does not run this program', async (file, state) => {
  const files: World['files'] = {
    ...untouched,
    readText: async (at) => {
      if (!at.endsWith(file)) return untouched.readText(at);
      throw fail('unreadable', at, 'permission denied', 'check that you may use it');
    },
  };
  const found = await doctor({ [file]: 'x: 1\n' }, { inputs: offline, world: { files } });
  const detail = 'cannot be read, so whether it runs this program is not known (permission denied)';
  expect(found.of('workflow-files')).toMatchObject([
    { state, subject: file, detail, remedy: 'check that you may use it' },
  ]);
  expect(found.document.totals.unknown > 0).toBe(state === 'unknown');
});

test('a folder of workflows that cannot be listed is told', async () => {
  const files: World['files'] = {
    ...untouched,
    list: async (at) => {
      if (!at.endsWith('.github/workflows')) return untouched.list(at);
      throw fail('unreadable', at, 'permission denied');
    },
  };
  const found = await doctor({ [path]: workflow() }, { inputs: offline, world: { files } });
  expect(found.of('workflow-files')).toMatchObject([{ state: 'unknown', subject: '.github/workflows' }]);
});

test('the CI hosts show findings beside their lines and on the page of the run', async () => {
  const files = { Dockerfile: 'FROM debian\n', [path]: workflow({ concurrency: '' }) };
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/web',
    GITHUB_EVENT_NAME: 'schedule',
    RUNNER_TEMP: '/tmp',
  };
  const found = await doctor(files, { kind: 'github', inputs: { ...offline, format: 'table' }, env });
  expect(found.annotations.map(({ level, path: file, line }) => `${level} ${file}:${line}`)).toEqual([
    'warning Dockerfile:1',
    `warning ${path}:12`,
  ]);
  expect(found.summaries[0]).toMatch(/^## Base image refresh: doctor\n\n\d+ problems?, /);
  expect(found.summaries[0]).toContain('⚠️ warning');
});
