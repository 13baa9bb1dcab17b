import { expect, test } from 'vitest';
import { doctor } from './support.ts';

const offline = { inputs: { offline: 'true' } };

test('Dockerfiles, what of them is refused, references without a version, and images without a place', async () => {
  const { of, conclusion } = await doctor(
    {
      'web/Dockerfile': `FROM nginx\nCOPY --from=debian:12@sha256:${'0'.repeat(64)} /a /b\n`,
      'api/Dockerfile': 'ARG V\nFROM node:$V\n',
      'db/Dockerfile': 'FROM postgres:17\n',
    },
    { inputs: { ...offline.inputs, image: 'db=ghcr.io/acme/db:1' } },
  );
  expect(of('dockerfiles')).toMatchObject([
    { state: 'ok', detail: '3 files can be read' },
    {
      state: 'problem',
      subject: 'api/Dockerfile:2',
      detail: 'takes node:$V, which is given by the build argument V',
      remedy: 'give it with --build-arg V=VALUE, or args under images:',
    },
  ]);
  expect(of('base-images')).toMatchObject([
    { state: 'note', detail: '3 references, 1 of them pinned by digest' },
    { state: 'warning', subject: 'web/Dockerfile:1', detail: expect.stringContaining('nginx:latest may become') },
  ]);
  expect(of('published-place')).toMatchObject([
    { state: 'ok', detail: '1 image with a known place of publication' },
    { state: 'warning', subject: 'api and web', detail: expect.stringContaining('nothing says where it is published') },
  ]);
  expect(conclusion).toBe('incomplete');
});

test('a repository without any Dockerfile is told to be one', async () => {
  const { of } = await doctor({ 'README.md': 'x' }, offline);
  expect(of('dockerfiles')).toMatchObject([{ state: 'warning', detail: 'no Dockerfile was found' }]);
  expect(of('engine')).toMatchObject([{ state: 'note' }]);
});

test('what only a run of a pipeline would know is told', async () => {
  const pipeline =
    'steps:\n  - task: Docker@2\n    inputs:\n      command: buildAndPush\n      repository: acme/web\n      containerRegistry: acr\n';
  const { of } = await doctor({ Dockerfile: 'FROM debian:12\n', 'azure-pipelines.yml': pipeline }, offline);
  expect(of('statements')).toMatchObject([
    { state: 'warning', detail: expect.stringContaining('service connection "acr"') },
  ]);
});
