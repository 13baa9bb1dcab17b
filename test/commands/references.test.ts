import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCommand } from '../../core/commands/check.ts';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { createRecordingHost } from '../support/run.ts';
import { offer, offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
let [old, now] = ['', ''];
beforeAll(async () => {
  server = await startRegistry();
  old = (await offer(server, 'library/nginx', '1.26.0', { content: 'old' })).digest;
  now = (await offer(server, 'library/nginx', '1.26.0', { content: 'now' })).digest;
  await offerAll(server, 'library/redis', ['7.0.0', '7.1.0']);
  await offerAll(server, 'library/busybox', ['latest', '7.0.0']);
});
afterAll(() => server.close());

const pod = 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n';
const references = { references: 'true', format: 'json' };
const write = { ...references, write: 'true' };
const newest = () => server.store.manifest('library/redis', '7.1.0')?.digest ?? '';

async function edited(path: string, text: string, inputs: Readonly<Record<string, string>> = {}) {
  const ended = await update(server, { [path]: text }, { ...write, ...inputs });
  return { text: ended.file(path), document: ended.document, conclusion: ended.conclusion };
}

describe('update --references edits no more than the version', () => {
  test.each([
    ['a manifest', 'a.yaml', `${pod}    - image: redis:7.0.0 # c\n`, `${pod}    - image: redis:7.1.0 # c\n`],
    [
      'CRLF',
      'a.yaml',
      `${pod}    - image: 'redis:7.0.0'\n`.replaceAll('\n', '\r\n'),
      `${pod}    - image: 'redis:7.1.0'\n`.replaceAll('\n', '\r\n'),
    ],
    [
      'Kustomize',
      'kustomization.yaml',
      'images:\n- name: web\n  newName: redis\n  newTag: 7.0.0\n',
      'images:\n- name: web\n  newName: redis\n  newTag: 7.1.0\n',
    ],
    [
      'Helm values',
      'values.yaml',
      'image: {registry: docker.io, repository: library/redis, tag: "7.0.0"}\n',
      'image: {registry: docker.io, repository: library/redis, tag: "7.1.0"}\n',
    ],
    [
      'Argo CD',
      'a.yaml',
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {kustomize: {images: ["web=redis:7.0.0"]}}}\n',
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {kustomize: {images: ["web=redis:7.1.0"]}}}\n',
    ],
    [
      'a workflow',
      '.github/workflows/a.yml',
      'jobs: {a: {steps: [{uses: "docker://redis:7.0.0"}]}}\n',
      'jobs: {a: {steps: [{uses: "docker://redis:7.1.0"}]}}\n',
    ],
    [
      'a development container',
      '.devcontainer.json',
      '{"image": "redis:7.0.0", // c\n}',
      '{"image": "redis:7.1.0", // c\n}',
    ],
    [
      'Quadlet',
      'r.container',
      '[Container]\nImage=docker.io/library/redis:7.0.0\n',
      '[Container]\nImage=docker.io/library/redis:7.1.0\n',
    ],
    ['Compose', 'compose.yaml', 'services: {r: {image: "redis:7.0.0"}}\n', 'services: {r: {image: "redis:7.1.0"}}\n'],
  ])('%s', async (_, path, before, after) => {
    const { text, conclusion } = await edited(path, before);
    expect(text).toBe(after);
    expect(conclusion).toBe('succeeded');
  });

  test.each([
    [
      'an alias of its tag',
      'a:\n  image: {repository: redis, tag: &v "7.0.0"}\nb:\n  image: {repository: busybox, tag: *v}\n',
    ],
    [
      'an alias before it',
      'b:\n  image: {repository: busybox, tag: &v "7.0.0"}\na:\n  image: {repository: redis, tag: *v}\n',
    ],
    [
      'a mapping that is merged',
      'd: &d {repository: redis, tag: "7.0.0"}\na: {image: {<<: *d, repository: busybox}}\nb: {image: *d}\n',
    ],
  ])('holds what shares %s with another image', async (_, before) => {
    const { text, document } = await edited('values.yaml', before);
    expect(text).toBe(before);
    expect(document.held).toMatchObject([
      { to: 'docker.io/library/redis:7.1.0', detail: expect.stringContaining('shares the same text with line') },
    ]);
  });

  test.each([
    ['an alias elsewhere', 'image: {repository: redis, tag: &v "7.0.0"}\nlabels:\n  version: *v\n', 3],
    ['a place of its own', 'appVersion: &v "7.0.0"\nimage: {repository: redis, tag: *v}\n', 1],
    ['a list of arguments', 'sidecar:\n  image: &i redis:7.0.0\n  args: [--of, *i]\n', 3],
  ])('holds what would move what is no image by its anchor: %s', async (_, before, line) => {
    const { text, document } = await edited('values.yaml', before);
    expect(text).toBe(before);
    const detail = expect.stringContaining(`, by which it is shared with line ${line}, where it is no image`);
    expect(document.held).toMatchObject([{ to: 'docker.io/library/redis:7.1.0', detail }]);
  });

  test('moves the version of an image that has no tag', async () => {
    const before = 'image:\n  repository: redis\n  version: "7.0.0"\n';
    expect((await edited('values.yaml', before)).text).toBe(before.replace('7.0.0', '7.1.0'));
  });

  test.each([
    ['in two images', 'a: {repository: redis, tag: &v "7.0.0"}\nb: {repository: redis, tag: *v}\n'],
    ['in a mapping with one of its own', 'd: &d {image: redis:7.0.0}\na: *d\n'],
    ['above one of the same name', 'a: {image: &i redis:7.0.0}\nb: {image: *i}\nc: &i x\nd: {args: [*i]}\n'],
    ['behind what is taken in elsewhere', 'x-tag: &v "7.0.0"\na: {image: {repository: redis, tag: *v}}\n'],
  ])('moves an anchor that stands %s', async (_, before) => {
    expect((await edited('values.yaml', before)).text).toBe(before.replace('7.0.0', '7.1.0'));
  });

  test.each([
    ['values.yaml', 'image:\n  repository: redis\n  tag: "7.0.0"\n  tag: "7.0.0"\n', 'values.yaml:4', 'tag', 3],
    [
      'kustomization.yaml',
      'images: []\nimages:\n  - {name: redis, newTag: "7.0.0"}\n',
      'kustomization.yaml:2',
      'images',
      1,
    ],
    ['a.yaml', `${pod}    - image: redis:7.0.0\n      image: redis:7.0.0\n`, 'a.yaml:', 'image', 0],
  ])('says that %s is not read where a key stands twice', async (path, before, subject, key, line) => {
    const { text, conclusion, document } = await edited(path, before);
    expect([text, conclusion]).toEqual([before, 'incomplete']);
    const there = line === 0 ? '' : String(line);
    expect(document.failures).toMatchObject([
      {
        subject: expect.stringContaining(subject),
        detail: expect.stringContaining(`key ${key} is already on line ${there}`),
      },
    ]);
  });

  test('leaves Dockerfiles alone', async () => {
    const ended = await update(
      server,
      { Dockerfile: 'FROM redis:7.0.0\n', 'a.yaml': `${pod}    - image: redis:7.0.0\n` },
      write,
    );
    expect(ended.document.changed).toEqual(['a.yaml']);
  });
});

describe('update --references --pin-digests', () => {
  const pin = { 'pin-digests': 'true' };

  test.each([
    [
      'a line below the tag',
      'kustomization.yaml',
      'images:\n  - newTag: 7.0.0 # c\n    name: redis\n',
      (d: string) => `images:\n  - newTag: 7.1.0 # c\n    digest: ${d}\n    name: redis\n`,
    ],
    [
      'braces',
      'kustomization.yaml',
      'images: [{name: redis, newTag: "7.0.0"}]',
      (d: string) => `images: [{name: redis, newTag: "7.1.0", digest: ${d}}]`,
    ],
    [
      'the last line without an end',
      'kustomization.yaml',
      'images:\n- name: redis\n  newTag: 7.0.0',
      (d: string) => `images:\n- name: redis\n  newTag: 7.1.0\n  digest: ${d}`,
    ],
    [
      'an empty digest of a chart',
      'values.yaml',
      'image:\n  repository: redis\n  tag: 7.0.0\n  digest: ""\n',
      (d: string) => `image:\n  repository: redis\n  tag: 7.1.0\n  digest: "${d}"\n`,
    ],
    [
      'a bare sha of a chart',
      'values.yaml',
      'image:\n  repository: redis\n  tag: 7.0.0\n  sha: ""\n',
      (d: string) => `image:\n  repository: redis\n  tag: 7.1.0\n  sha: "${d.slice(7)}"\n`,
    ],
    [
      'a manifest',
      'a.yaml',
      `${pod}    - image: redis:7.0.0\n`,
      (d: string) => `${pod}    - image: redis:7.1.0@${d}\n`,
    ],
  ])('%s', async (_, path, before, after) => {
    expect((await edited(path, before, pin)).text).toBe(after(newest()));
  });

  test('holds a chart that may read no digest', async () => {
    const before = 'image:\n  repository: redis\n  tag: 7.0.0\n';
    const { text, document } = await edited('values.yaml', before, pin);
    expect(text).toBe(before);
    expect(document.held).toMatchObject([
      { reason: 'not-editable', detail: 'has no field for a digest, and a chart may not read one' },
    ]);
  });
});

test('what Flux keeps up to date is left to it', async () => {
  const before = `${pod}    - image: redis:7.0.0 # {"$imagepolicy": "flux-system:redis"}\n`;
  const { text, document } = await edited('a.yaml', before);
  expect(text).toBe(before);
  expect(document.held).toMatchObject([
    {
      reason: 'not-editable',
      detail: 'is kept up to date by Flux (flux-system:redis)',
      locations: [{ path: 'a.yaml', line: 5, via: 'kubernetes' }],
    },
  ]);
});

async function checked(files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) {
  const root = repository(files);
  const real = createWorld({ cwd: root });
  const host = createRecordingHost({ command: 'check', mirror: `docker.io=${server.host}`, ...references, ...inputs });
  try {
    const world = { ...real, env: { PATH: process.env.PATH }, sleep: async () => {} };
    const conclusion = await checkCommand(await loadConfig(host, world), host, world);
    return { conclusion, printed: host.printed.join('\n'), outputs: host.outputs };
  } finally {
    await real.close();
  }
}

describe('check --references', () => {
  const files = () => ({
    'a.yaml': `${pod}    - image: nginx:1.26.0@${old}\n    - image: nginx:1.26.0@${now}\n    - image: redis:7.0.0\n    - image: redis:7.1.0\n    - image: busybox\n    - image: "a:$V"\n    - image: nginx@${now}\n`,
  });

  test('has a verdict on each', async () => {
    const { conclusion, printed, outputs } = await checked(files());
    const rows = JSON.parse(printed).references.map(({ line, verdict, to, pin }: Record<string, unknown>) => [
      line,
      verdict,
      to,
      pin,
    ]);
    expect(rows).toEqual([
      [5, 'moved', `docker.io/library/nginx:1.26.0@${now}`, 'moved'],
      [6, 'current', null, 'current'],
      [7, 'newer', 'docker.io/library/redis:7.1.0', null],
      [8, 'current', null, null],
      [9, 'floating', null, null],
      [10, 'unknown', null, null],
      [11, 'unknown', null, 'untagged'],
    ]);
    expect(outputs).toEqual({ stale: 'true', 'stale-count': '2' });
    expect(conclusion).toBe('succeeded');
  });

  test('fails where that is asked for, and shows a table', async () => {
    const { conclusion, printed } = await checked(files(), { 'fail-on': 'stale', format: 'table' });
    expect(conclusion).toBe('policy-failed');
    expect(printed).toContain('7 image references: 2 current, 2 stale, 2 unknown.');
    expect(printed).toContain('a.yaml:10: unknown; a:$V has a variable that is given elsewhere.');
  });

  test('is incomplete where a registry does not answer', async () => {
    const { conclusion, printed } = await checked({ 'a.yaml': `${pod}    - image: missing:1.0.0\n` });
    expect(conclusion).toBe('incomplete');
    expect(JSON.parse(printed).references).toMatchObject([
      { verdict: 'unknown', failure: { detail: expect.stringContaining('missing') } },
    ]);
  });
});
