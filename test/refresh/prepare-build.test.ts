import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { discover } from '../../core/discover/discover.ts';
import { describeFailure } from '../../core/failure.ts';
import { prepareBuild } from '../../core/refresh/prepare-build.ts';
import { createWorld } from '../../core/world.ts';
import { createRecordingHost } from '../support/run.ts';

/** What preparing the build of a repository with these files gives, with its folder written as ROOT. */
async function prepared(
  files: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string | readonly string[]>> = {},
  env: Readonly<Record<string, string>> = set,
) {
  const root = mkdtempSync(join(tmpdir(), 'bir-prepare-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const opened = createWorld();
  onTestFinished(() => opened.close());
  const world = { ...opened, env: { ...opened.env, ...env } };
  const host = createRecordingHost({ command: 'refresh', path: root, ...inputs });
  const config = await loadConfig(host, world);
  const { builds } = await discover(world, config);
  const build = builds[0]?.build;
  const [candidate] = build?.releases ?? [];
  if (build === undefined || candidate === undefined) throw new Error('one build with an image');
  const order = await prepareBuild({ world, config, host }, { build, root, pins: [], candidate, annotations: {} });
  return {
    withheld: order.withheld === undefined ? undefined : describeFailure(order.withheld),
    code: order.withheld?.code,
    options: (order.build.options ?? []).map(({ name, value }) => `${name} ${value}`),
    secrets: (order.settings?.secrets ?? []).map(({ id, from }) =>
      from.kind === 'env' ? `${id} env ${from.name}` : `${id} file ${from.path.replace(root, 'ROOT')}`,
    ),
    ssh: order.settings?.ssh,
    settings: order.settings,
    prepare: order.prepare,
  };
}

const bake = (keys: object) => ({
  'docker-bake.json': JSON.stringify({ target: { app: { tags: ['acme/app:1'], ...keys } } }),
  Dockerfile:
    'FROM debian:12\nRUN --mount=type=secret,id=t --mount=type=secret,id=T --mount=type=secret,id=f --mount=type=ssh true\n',
});
const set = { TOKEN: 'x', OTHER: 'x', T: 'x' };
const where = 'docker-bake.json target.app';

it.each<[string, object, Readonly<Record<string, string>>, string | undefined]>([
  [
    'a secret of a variable',
    { secret: ['id=t,env=TOKEN'] },
    {},
    `app: ${where}: secret names TOKEN, which only the run may name; allow it with --allow build-secret=TOKEN, or give it with --build-secret.`,
  ],
  ['that is allowed', { secret: ['id=t,env=TOKEN'] }, { allow: 'build-secret=TOKEN' }, undefined],
  ['that is given', { secret: ['id=t,env=TOKEN'] }, { 'build-secret': 't=env:OTHER' }, undefined],
  ['a secret by its name alone', { secret: ['id=T'] }, { allow: 'build-secret=T' }, undefined],
  [
    'a file outside the repository',
    { secret: ['id=t,src=/etc/shadow'] },
    {},
    `app: ${where}: secret names /etc/shadow, which only the run may name; allow it with --allow build-secret=/etc/shadow, or give it with --build-secret.`,
  ],
  ['a file of the repository', { secret: ['id=t,src=conf/npmrc'] }, {}, undefined],
  [
    'an agent',
    { ssh: ['default'] },
    {},
    `app: ${where}: ssh names default, which only the run may name; allow it with --allow build-ssh=default, or give it with --build-ssh.`,
  ],
  ['an agent that is allowed', { ssh: ['default'] }, { allow: 'build-ssh=default' }, undefined],
  [
    "the runner's network",
    { network: 'host' },
    {},
    `app: ${where}: network names network=host, which only the run may name; allow it with --allow build-options=network=host.`,
  ],
  ['that is allowed', { network: 'host' }, { allow: 'build-options=network=host' }, undefined],
  ['no network', { network: 'none', labels: { a: '1' } }, {}, undefined],
])('%s in a bake file: %j with %j', async (_, keys, inputs, expected) => {
  const { withheld } = await prepared(bake(keys), inputs);
  expect(withheld).toBe(expected);
});

it.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
  ['that it does not take', 'RUN true', {}, undefined],
  ['that it does not take and the run gives', 'RUN true', { 'build-secret': 't=env:GONE' }, undefined],
  [
    'of a variable that is not set',
    'RUN --mount=type=secret,id=t true',
    { allow: 'build-secret=GONE' },
    'app: the secret t is to come from GONE, which is not set; set GONE.',
  ],
  [
    'of the run of a variable that is not set',
    'RUN --mount=type=secret,id=t true',
    { 'build-secret': 't=env:GONE' },
    'app: the secret t is to come from GONE, which is not set; set GONE.',
  ],
])('holds a Dockerfile only for secrets that it takes: one %s', async (_, line, inputs, expected) => {
  const stated = bake({ secret: ['id=t,env=GONE'], ssh: line === 'RUN true' ? ['default'] : [] });
  const { withheld, options, secrets } = await prepared({ ...stated, Dockerfile: `FROM debian:12\n${line}\n` }, inputs);
  expect(withheld).toBe(expected);
  if (expected === undefined) expect([options, secrets]).toEqual([[], []]);
});

it('hands what is allowed to the builder, and files by where they are', async () => {
  const keys = { secret: ['id=t,env=TOKEN', 'id=f,src=conf/npmrc'], ssh: ['default'], labels: { a: '1' } };
  const allow = 'build-secret=TOKEN\nbuild-ssh=default';
  const { secrets, ssh, options } = await prepared(bake(keys), { allow });
  expect(secrets).toEqual(['t env TOKEN', 'f file ROOT/conf/npmrc']);
  expect(ssh).toEqual(['default']);
  expect(options).toContain('label a=1');
});

it.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
  [
    'a required secret',
    'RUN --mount=type=secret,id=token,required=true true',
    {},
    'requires the secret token, which nothing gives; give it with --build-secret token=env:NAME.',
  ],
  [
    'one that is given',
    'RUN --mount=type=secret,id=token,required=true true',
    { 'build-secret': 'token=env:T' },
    undefined,
  ],
  [
    'a required agent',
    'RUN --mount=type=ssh,required=true true',
    {},
    'requires the SSH agent default, which nothing gives; give it with --build-ssh default.',
  ],
  [
    'a source that is not there',
    'COPY dist /app',
    {},
    'copies dist, which is not in .; run the step that makes it before, or name its command under prepare of images[].build, and set --allow to build-prepare.',
  ],
  ['a pattern below a folder that is not there', 'COPY target/*.jar /', {}, 'copies target/*.jar, which is not in .;'],
  [
    'a source that is ignored',
    'COPY secret.txt /',
    {},
    'copies secret.txt, which the ignore file leaves out of .; correct the ignore file.',
  ],
  ['sources that are there', 'COPY src/a src/* . /x/', {}, undefined],
  ['what is taken from elsewhere', 'ADD https://a.example/x /x\nCOPY --from=debian:12 /a /a', {}, undefined],
  ['what only the build knows', 'COPY $WHERE/a /a', {}, undefined],
])('%s in a Dockerfile: %s', async (_, line, inputs, expected) => {
  const files = {
    Dockerfile: `FROM debian:12\n${line}\n`,
    'src/a': 'a',
    'secret.txt': 's',
    '.dockerignore': 'secret.txt\n',
  };
  const { withheld, code } = await prepared(files, { image: 'acme/app:1', ...inputs });
  if (expected === undefined) expect(withheld).toBeUndefined();
  else {
    expect(withheld).toContain(`Dockerfile:2 ${expected}`);
    expect(code).toBe('build-unknown');
  }
});

it.each<[string, string, readonly string[] | undefined]>([
  ['are missing', 'COPY dist /app', ['make', 'dist']],
  ['are there', 'COPY Dockerfile /app', undefined],
])('takes the command that makes sources where they %s', async (_, line, expected) => {
  const config = 'images:\n  - dockerfile: Dockerfile\n    build: { prepare: [make, dist] }\n';
  const files = { Dockerfile: `FROM debian:12\n${line}\n`, '.base-image-refresh.yml': config };
  const { prepare, withheld } = await prepared(files, { image: 'acme/app:1', allow: 'build-prepare' });
  expect([prepare, withheld]).toEqual([expected, undefined]);
});

it('looks for sources in the stages alone that are built', async () => {
  const Dockerfile = 'FROM debian:12 AS test\nCOPY nothere /\nFROM debian:12\n';
  expect((await prepared({ Dockerfile }, { image: 'acme/app:1' })).withheld).toBeUndefined();
});

it('takes what the configuration says of one image over what its build files say', async () => {
  const config = `images:
  - dockerfile: Dockerfile
    build:
      labels: { a: 2, c: 3 }
      annotations: ['index:t=app']
      options: ['add-host=h:1.1.1.1', shm-size=64m]
      leave-out: [frobnicate]
      cache-from: [acme/cache]
      timeout: 5m
`;
  const keys = { labels: { a: '1', b: '1' }, frobnicate: true };
  const { options, settings, withheld } = await prepared({ ...bake(keys), '.base-image-refresh.yml': config });
  expect(withheld).toBeUndefined();
  expect(options.toSorted()).toEqual([
    'add-host h:1.1.1.1',
    'annotation index:t=app',
    'label a=2',
    'label b=1',
    'label c=3',
    'shm-size 64m',
  ]);
  expect(settings).toMatchObject({ cacheFrom: ['acme/cache'], timeout: 300_000 });
});

it.each([
  ['secrets: [a=env:TOKEN]', /images\[0\]\.build\.secrets.* names "a=env:TOKEN".*--allow build-secret=TOKEN/],
  ['ssh: [default]', /--allow build-ssh=default/],
  [
    'prepare: [npm, ci]',
    /images\[0\]\.build\.prepare names "npm", which only the run may name; allow it with --allow build-prepare\./,
  ],
  ['options: [network=host]', /--allow build-options=network=host/],
  ['options: [add-hots=x]', /the nearest option is add-host/],
])('lets the configuration of an image say %s only as the run allows', async (line, expected) => {
  const config = `images:\n  - dockerfile: Dockerfile\n    build: { ${line} }\n`;
  await expect(prepared({ ...bake({}), '.base-image-refresh.yml': config })).rejects.toThrow(expected);
});

it('is held by a build argument that only the pipeline knows, where the Dockerfile declares it', async () => {
  const workflow = `on: push
jobs:
  image:
    steps:
      - uses: docker/build-push-action@v6
        with: { push: true, tags: "acme/app:1", build-args: "V=\${{ github.sha }}" }
`;
  const files = { '.github/workflows/ci.yml': workflow };
  const declared = { ...files, Dockerfile: 'FROM debian:12\nARG V\n' };
  expect((await prepared(declared)).withheld).toContain(
    'gives the build argument V a value that only the pipeline knows; give it with --build-arg V=…',
  );
  expect((await prepared(declared, { 'build-arg': 'V=1' })).withheld).toBeUndefined();
  expect((await prepared({ ...files, Dockerfile: 'FROM debian:12\n' })).withheld).toBeUndefined();
});
