import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctor, said } from './support.ts';

const root = join(import.meta.dirname, '../..');
const workflow = '.github/workflows/refresh.yml';
const pipeline = 'azure-pipelines.yml';

/** The YAML of the pages that runs this program, page by page in the order in which it stands there. */
const shown = new Map(
  ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].flatMap((page) => {
    if (!page.endsWith('.md')) return [];
    const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```ya?ml\n(.*?)^```/gms);
    return [...blocks]
      .map(([, text = '']) => text)
      .filter((text) => /base-image-refresh\/base-image-refresh@|BaseImageRefresh@/.test(text))
      .map((text, at): readonly [string, string] => [`${page} ${at + 1}`, text]);
  }),
);

const example = (name: string) => shown.get(name) ?? '';
const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));

const head = 'on: { schedule: [{ cron: "0 4 * * *" }] }\nconcurrency: { group: refresh }\n';
const job = (text: string) => `${head}jobs:\n  a:\n    runs-on: ubuntu-latest\n${indented(text, 4)}`;
const before = '- uses: actions/checkout@v5\n- uses: docker/setup-buildx-action@v3\n- run: ./install-trivy\n';
const steps = (text: string) =>
  job(`permissions: { contents: read, packages: write }\nsteps:\n${indented(before + text, 2)}`);

// What stands around it is said beside it, or is what README.md has.
const wholes: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'README.md 1': [workflow, example('README.md 1')],
  'README.md 2': [pipeline, example('README.md 2')],
  'docs/deploy.md 1': [workflow, example('README.md 1') + example('docs/deploy.md 1')],
  'docs/deploy.md 2': [pipeline, `schedules: []\njobs:\n${example('docs/deploy.md 2')}`],
  'docs/doctor.md 1': [workflow, steps(example('docs/doctor.md 1'))],
  'docs/notifications.md 1': [workflow, steps(example('docs/notifications.md 1'))],
  'docs/notifications.md 2': [
    workflow,
    job(example('docs/notifications.md 2').replace('steps:\n', `steps:\n${indented(before, 2)}`)),
  ],
  'docs/notifications.md 3': [
    pipeline,
    `schedules: []\npool: { vmImage: ubuntu-latest }\nsteps:\n- script: docker buildx create --use\n${example('docs/notifications.md 3')}`,
  ],
  'docs/notifications.md 4': [workflow, steps(example('docs/notifications.md 4'))],
  'docs/pull-requests.md 1': [workflow, job(example('docs/pull-requests.md 1'))],
  'docs/pull-requests.md 2': [pipeline, `schedules: []\n${example('docs/pull-requests.md 2')}`],
  'docs/scanning.md 1': [workflow, steps(example('docs/scanning.md 1'))],
};

test('every example is known here', () => {
  expect([...shown.keys()]).toEqual(Object.keys(wholes));
});

test.each(Object.entries(wholes))('the example %s is in order but for the version', async (_, [file, text]) => {
  const files = { Dockerfile: 'FROM debian:12\n', [file]: text };
  const found = await doctor(files, { inputs: { offline: 'true', image: 'ghcr.io/acme/web:1' } });
  const told = said(found).filter((line) => !line.startsWith('workflow-pin warning'));
  expect(told).toEqual([]);
  const steps = text.match(/base-image-refresh\/base-image-refresh@/g) ?? [];
  expect(found.of('workflow-pin')).toHaveLength(steps.length);
});
