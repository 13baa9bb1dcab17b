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

test('what would let more images be rebased is said, what frees most of them first', async () => {
  const copies = 'COPY app /app\n';
  const pin = `@sha256:${'0'.repeat(64)}`;
  const { of } = await doctor(
    {
      'free/Dockerfile': `FROM golang:1${pin} AS build\nRUN go build\nFROM debian:12\nCOPY --from=build /app /app\nRUN mkdir /data\n`,
      'one/Dockerfile': `FROM node:22\n${copies}RUN npm ci\n`,
      'two/Dockerfile': `FROM python:3.12 AS first\nRUN pip install x\nFROM first\n${copies}`,
      'three/Dockerfile': `FROM debian:12\nRUN apt-get update && apt-get install -y curl\nRUN useradd app\n${copies}`,
      'four/Dockerfile': `FROM golang:1 AS build\nRUN go build\nFROM debian:12\nCOPY --from=build /app /app\n`,
      'five/Dockerfile': `FROM debian:12\nRUN <<EOF\nchmod 0755 /app $X\nEOF\n`,
    },
    offline,
  );
  expect(of('rebase-advice').map(({ state, detail, remedy }) => `${state}: ${detail}; ${remedy ?? ''}`)).toEqual([
    'note: nothing in the Dockerfile of 1 of 6 images keeps it from being rebased; the others are built; ',
    'note: one and two compile or install language packages in their last stage: the only reason for 2 of 2 to be built; do that in a build stage, and copy what it made with COPY --from',
    'note: four takes files from a base that moves by itself: the only reason for 1 of 1 to be built; pin the bases of build stages by digest, and move them with update',
    'note: five changes files by RUN: the only reason for 1 of 1 to be built; use COPY --chmod, COPY --chown and WORKDIR',
    'note: three installs packages of the distribution: one reason of several to be built; put them into a base image of your own, which is built once for all',
    'note: three makes users by RUN: one reason of several to be built; use a numeric USER and COPY --chown with numbers',
  ]);
  const { of: never } = await doctor({ Dockerfile: 'FROM debian:12\nRUN make\n' }, { inputs: { offline: 'true' } });
  expect(never('rebase-advice')).toHaveLength(2);
});
