import { describe, expect, it } from 'vitest';
import { discovered, shop } from './support.ts';

/** The options of the only build of these files, one a line. */
async function options(files: Readonly<Record<string, string>>, name?: string) {
  const { builds } = await discovered(shop({ Dockerfile: 'FROM debian:12\n', ...files }));
  const found = name === undefined ? builds[0] : builds.find(({ build }) => build.name === name);
  return (found?.build.options ?? []).map(({ name, value }) => `${name} ${value}`);
}

const bake = (target: object) => ({ 'docker-bake.json': JSON.stringify({ target }) });
const app = (keys: object) => bake({ app: { tags: ['acme/app:1'], ...keys } });
const compose = (build: string, more = '') => ({
  'compose.yaml': `services:\n  app: { image: acme/app, build: { context: ., ${build} } }\n${more}`,
});
const action = (...inputs: readonly string[]) => ({
  '.github/workflows/ci.yml': [
    'on: push\njobs:\n  image:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:',
    ...['push: true', 'tags: acme/app:1', ...inputs].map((line) => `          ${line}`),
  ].join('\n'),
});
const azure = (args: string) => ({
  'azure-pipelines.yml': `steps:
  - task: Docker@2
    inputs: { command: build, repository: reg.example/acme/app, tags: 1, arguments: '${args}' }
  - task: Docker@2
    inputs: { command: push, repository: reg.example/acme/app, tags: 1 }
`,
});

describe('what a bake target asks of its builder', () => {
  it.each<[object, readonly string[]]>([
    [{ labels: { a: '1', b: 'x=y' } }, ['label a=1', 'label b=x=y']],
    [{ annotations: ['index,manifest:a=1'] }, ['annotation index,manifest:a=1']],
    [{ secret: ['id=t,env=TOKEN', { id: 'f', src: 'a/b' }] }, ['secret id=t,env=TOKEN', 'secret id=f,src=a/b']],
    [{ ssh: ['default', { id: 'k', paths: ['a', 'b'] }] }, ['ssh default', 'ssh k=a,b']],
    [{ 'extra-hosts': { 'build.internal': '192.0.2.9' } }, ['add-host build.internal:192.0.2.9']],
    [{ network: 'host', 'shm-size': '128m' }, ['network host', 'shm-size 128m']],
    [{ ulimits: ['nofile=1:2'], entitlements: ['network.host'] }, ['ulimit nofile=1:2', 'allow network.host']],
    [{ attest: ['type=provenance,mode=max', { type: 'sbom' }] }, ['provenance mode=max', 'sbom ']],
    [{ attest: [{ type: 'provenance', disabled: 'true' }] }, []],
    [{ attest: ['type=vuln'] }, ['unknown attest']],
    [
      { output: ['type=image,name=a,push=true,compression=zstd,force-compression=true'] },
      ['output compression=zstd', 'output force-compression=true'],
    ],
    [
      { output: [{ type: 'registry', 'annotation-index.a': '1', new: 'x' }] },
      ['annotation index:a=1', 'unknown output new'],
    ],
    [{ output: ['type=local,dest=out,odd=1'] }, []],
    [{ 'no-cache': true, pull: false, 'no-cache-filter': ['a'] }, ['no-cache true', 'no-cache-filter a']],
    [{ 'cache-from': [{ type: 'gha' }], 'cache-to': ['type=inline'] }, ['cache-from type=gha', 'cache-to type=inline']],
    [{ 'cgroup-parent': 'a', call: 'build' }, ['cgroup-parent a']],
    [{ call: 'check', frobnicate: 1, network: { a: 1 } }, ['unknown call', 'unknown frobnicate', 'unknown network']],
    [{ description: 'the app', 'x-note': 1, platforms: ['linux/amd64'], args: {}, network: null }, []],
    [{ matrix: { a: ['b'] }, name: 'x-${a}' }, ['unknown matrix', 'unknown name']],
  ])('%j', async (keys, expected) => {
    expect(await options(app(keys))).toEqual(expected);
  });

  it('is joined with what it inherits', async () => {
    const target = {
      common: { labels: { a: '1', b: '1' }, secret: ['id=x,env=X'], network: 'none', 'extra-hosts': { h: '1.1.1.1' } },
      app: {
        inherits: ['common'],
        tags: ['acme/app:1'],
        labels: { b: '2' },
        secret: ['id=x,src=f', 'id=y'],
        network: 'host',
        'extra-hosts': { g: '2.2.2.2' },
      },
    };
    expect(await options(bake(target))).toEqual([
      'label a=1',
      'label b=2',
      'secret id=x,src=f',
      'secret id=y',
      'network host',
      'add-host h:1.1.1.1',
      'add-host g:2.2.2.2',
    ]);
  });
});

describe('what a Compose service asks of its builder', () => {
  it.each<[string, readonly string[]]>([
    ['labels: [a=1], labels: { b: 2 }', ['label b=2']],
    ['labels: [a=1]', ['label a=1']],
    ['extra_hosts: ["a:1.1.1.1", "b=::1"]', ['add-host a:1.1.1.1', 'add-host b:::1']],
    ['extra_hosts: { a: 1.1.1.1 }', ['add-host a:1.1.1.1']],
    ['network: host, shm_size: 2gb', ['network host', 'shm-size 2gb']],
    ['ulimits: { nproc: 9, nofile: { soft: 1, hard: 2 } }', ['ulimit nproc=9', 'ulimit nofile=1:2']],
    ['ssh: [default, k=~/.ssh/id]', ['ssh default', 'ssh k=~/.ssh/id']],
    ['no_cache: true, pull: true', ['no-cache true', 'pull true']],
    ['privileged: true, isolation: process', ['allow security.insecure', 'isolation process']],
    ['sbom: true, provenance: mode=max', ['sbom ', 'provenance mode=max']],
    [
      'cache_from: [a], cache_to: [b], entitlements: [network.host]',
      ['cache-from a', 'cache-to b', 'allow network.host'],
    ],
    ['frobnicate: true', ['unknown frobnicate']],
  ])('%s', async (build, expected) => {
    expect(await options(compose(build))).toEqual(expected);
  });

  it('has the sources of secrets that the file states', async () => {
    const secrets = 'secrets:\n  a: { environment: TOKEN }\n  b: { file: ./s/b }\n  c: { external: true }\n';
    const build = 'secrets: [a, { source: b, target: bb }, c, d]';
    expect(await options(compose(build, secrets))).toEqual([
      'secret id=a,env=TOKEN',
      'secret id=bb,src=s/b',
      'secret id=c,type=given',
      'secret id=d,type=given',
    ]);
  });

  it('is merged with what an override says', async () => {
    const files = {
      ...compose('labels: { a: 1, b: 1 }, network: none'),
      'compose.override.yaml': 'services: { app: { build: { context: ., labels: { b: 2 }, network: host } } }',
    };
    expect(await options(files)).toEqual(['label a=1', 'label b=2', 'network host']);
  });
});

describe('what a step of docker/build-push-action asks of its builder', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['labels: |', '  a=1', '  sha=${{ github.sha }}', '  ${{ steps.meta.outputs.labels }}'], ['label a=1']],
    [['annotations: index:a=1'], ['annotation index:a=1']],
    [['secrets: |', '  t=${{ secrets.T }}', '  "u=a', '  b"'].slice(0, 2), ['secret id=t,type=given']],
    [['secrets: t=literal'], ['secret id=t,type=given']],
    [
      ['secret-envs: a=TOKEN', 'secret-files: b=./f'],
      ['secret id=a,env=TOKEN', 'secret id=b,src=./f'],
    ],
    [['add-hosts: a:1.1.1.1,b:2.2.2.2'], ['add-host a:1.1.1.1', 'add-host b:2.2.2.2']],
    [['add-hosts: a:${{ vars.IP }}'], ['unknown add-host']],
    [
      ['sbom: true', 'provenance: false', 'pull: true', 'no-cache: false'],
      ['sbom ', 'pull true'],
    ],
    [['outputs: type=image,"name=acme/app,acme/b",push=true,compression=zstd'], ['output compression=zstd']],
    [['outputs: type=image,name=${{ env.X }},push=true,compression=zstd'], ['output compression=zstd']],
    [['outputs: type=image,compression=${{ vars.C }}'], ['unknown output']],
    [['build-args: |', '  A=1', '  SHA=${{ github.sha }}'], ['build-arg SHA']],
    [['cache-from: type=gha,scope=${{ github.ref }}', 'builder: ${{ steps.b.outputs.name }}'], []],
    [
      ['network: host', 'shm-size: 1g', 'ulimit: nofile=1:2', 'ssh: default'],
      ['network host', 'shm-size 1g', 'ulimit nofile=1:2', 'ssh default'],
    ],
    [
      ['build-args: |', '  ${{ vars.ARGS }}', '  NAME'],
      ['unknown build-args', 'build-arg NAME'],
    ],
    [['build-contexts: a=${{ vars.CONTEXT }}'], ['unknown build-contexts']],
    [['platforms: ${{ vars.PLATFORMS }}'], ['unknown platforms']],
    [['frobnicate: true', 'load: true', 'github-token: ${{ github.token }}'], ['unknown frobnicate']],
  ])('%j', async (inputs, expected) => {
    expect(await options(action(...inputs))).toEqual(expected);
  });

  const buildah = (inputs: string) => [
    `- uses: redhat-actions/buildah-build@v2\n  with: { image: a, tags: '1', containerfiles: ./Dockerfile, ${inputs} }`,
    "- uses: redhat-actions/push-to-registry@v2\n  with: { image: a, tags: '1', registry: ghcr.io/acme }",
  ];
  const kaniko = (inputs: string) => [
    `- uses: int128/kaniko-action@v1\n  with: { push: true, tags: ghcr.io/acme/a:1, ${inputs} }`,
  ];
  it.each<[readonly string[], readonly string[]]>([
    [buildah('layers: true, oci: true'), []],
    [buildah('labels: a=1, extra-args: --squash'), ['label a=1', 'unknown extra-args']],
    [buildah('archs: "amd64, arm64"'), ['unknown archs']],
    [kaniko('cache: true, cache-repository: ghcr.io/acme/cache, kaniko-args: ""'), []],
    [kaniko('labels: a=1, kaniko-args: --reproducible'), ['label a=1', 'unknown kaniko-args']],
  ])('%j', async (steps, expected) => {
    const text = `on: push\njobs:\n  build:\n    steps:\n${steps.join('\n').replace(/^/gm, '    ')}\n`;
    const files = { '.github/workflows/ci.yml': text, Dockerfile: 'FROM debian:12\n' };
    expect(await options(files)).toEqual(expected);
  });
});

describe('what the arguments of a Docker@2 task ask of its builder', () => {
  it.each([
    [
      '--label a=1 --add-host=h:1.1.1.1 --no-cache --pull -q',
      ['label a=1', 'add-host h:1.1.1.1', 'no-cache true', 'pull true'],
    ],
    ['--secret id=t,env=TOKEN --ssh default', ['secret id=t,env=TOKEN', 'ssh default']],
    ['--secret id=t,src=$(Agent.TempDirectory)/t', ['secret id=t,type=given']],
    ['--build-arg A=1 --build-arg V=$(Build.BuildId) --label v=$(Build.BuildId)', ['build-arg V']],
    [
      '--network $(net) --squash -m 1g --frobnicate x',
      ['unknown network', 'unknown squash', 'unknown -m', 'unknown frobnicate'],
    ],
    ['-t acme/x:1 -f other --progress plain', []],
  ])('%s', async (args, expected) => {
    expect(await options(azure(args))).toEqual(expected);
  });
});

it('an input of docker/github-builder that is not known is an option of no engine', async () => {
  const inputs = [
    ...['output: image', 'push: true', 'meta-images: ghcr.io/acme/app', 'meta-tags: type=raw,value=1', 'runner: a'],
    ...['sbom: true', 'envs: A=b'],
  ];
  const workflow = `on: push\njobs:\n  a:\n    uses: docker/github-builder/.github/workflows/build.yml@v1\n    with:\n      ${inputs.join('\n      ')}\n`;
  expect(await options({ '.github/workflows/ci.yml': workflow })).toEqual(['sbom ', 'unknown envs']);
});
