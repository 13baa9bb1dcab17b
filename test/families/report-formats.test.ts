import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { renderedReport } from '../../core/commands/report.ts';
import { loadConfig } from '../../core/config.ts';
import { outputs, runInputs } from '../../core/inputs/run.ts';
import { createRun } from '../../core/refresh/context.ts';
import { deliver } from '../../core/refresh/deliver.ts';
import { type ReportFormat, type ReportFormatName, reportFormats } from '../../core/report/formats.ts';
import { namesOf } from '../../core/table.ts';
import { createWorld } from '../../core/world.ts';
import { formatTable } from '../../scripts/generate/families.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { sampleReport } from '../support/sample-report.ts';

const count: ReportFormat = {
  file: 'count.txt',
  mediaType: 'text/plain',
  readers: 'those who count',
  render: async ({ images }) => ['images: ', String(images.length)],
  output: { name: 'count', help: 'Path of the count.' },
};
const table = { ...reportFormats, count };
const name = 'count' as ReportFormatName;

describe.each(Object.entries<ReportFormat>(reportFormats))('%s', (_, { file, render }) => {
  test('is the golden file of the same name', async () => {
    await expect([...(await render(sampleReport()))].join('')).toMatchFileSnapshot(`../fixtures/reports/${file}`);
  });
});

test('the choices of the input and the outputs are those of the table', () => {
  const format = runInputs.find((input) => input.name === 'format');
  expect(format?.kind).toEqual({ choice: ['table', ...namesOf(reportFormats)] });
  for (const { output } of Object.values<ReportFormat>(reportFormats)) {
    if (output !== undefined) expect(outputs).toContainEqual(output);
  }
});

test('a format that joins the table is saved, attached, an output, printed and documented', async () => {
  const root = repository({ Dockerfile: 'FROM scratch\n' });
  const world = createWorld({ cwd: root });
  onTestFinished(() => world.close());
  const told = new Map<string, string>();
  const attached: unknown[] = [];
  const host = {
    ...recordingHost({ command: 'check' }),
    setOutput: (output: string, value: string) => void told.set(output, value),
    attach: async (files: readonly unknown[]) => void attached.push(...files),
  };
  const run = createRun(await loadConfig(host, { ...world, env: {} }), host, world);
  await deliver(run, sampleReport(), undefined, table);
  const path = join(root, '.base-image-refresh', 'count.txt');
  const expected = `images: ${sampleReport().images.length}`;
  expect(readFileSync(path, 'utf8')).toBe(expected);
  expect(attached).toContainEqual({ path, mediaType: 'text/plain' });
  expect(told.get('count')).toBe(path);
  expect(await renderedReport(sampleReport(), name, undefined, table)).toBe(expected);
  expect(formatTable(table)).toMatch(/\| `count.txt` +\| `count` +\| `count` +\| those who count +\|/);
});
