import { configurations, file, image, links, type Tree } from './canary-configurations.ts';

const compose = (text: string, more: Readonly<Record<string, string>> = {}): Tree => ({
  what: `Compose: ${text.split('\n')[0]}`,
  files: { [file]: '', 'compose.yaml': text, ...more },
});
const service = (more: string) => `services: { web: { image: "{host}/team/web:1", ${more} } }\n`;
const built = (more: string) => service(`build: { context: ., ${more} }`);

const composed: readonly Tree[] = [
  compose('services: { web: { image: "{host}/team/web:${CANARY_TOKEN:-1}", build: . } }\n'),
  compose(built('args: [CANARY_TOKEN]')),
  compose(built('args: { A: "${CANARY_TOKEN}", B: "${CANARY_FILE}", CANARY_TOKEN: null }')),
  compose(
    built('secrets: [a, b], ssh: [default]') +
      'secrets: { a: { environment: CANARY_TOKEN }, b: { file: ../outside/secret } }\n',
  ),
  compose(built('additional_contexts: { other: ../outside, home: "{top}/home" }')),
  compose(built('dockerfile: ../outside/Dockerfile')),
  compose(service('build: ../outside')),
  compose(service('build: "{top}/outside", env_file: [../outside/env]')),
  compose(`include: [../outside/compose.yaml]\n${service('build: .')}`),
  compose(service('extends: { file: "{top}/outside/compose.yaml", service: web }')),
  compose(service('build: "${CANARY_FILE}"'), {
    '.env': 'A=${CANARY_TOKEN}\nCOMPOSE_FILE=../outside/compose.yaml\nCOMPOSE_ENV_FILES=../outside/env\n',
  }),
];

const bake = (target: object): Tree => ({
  what: `bake: ${JSON.stringify(target)}`,
  files: {
    [file]: '',
    'docker-bake.json': JSON.stringify({
      variable: { CANARY_TOKEN: { default: '1' } },
      target: { default: { tags: ['{host}/team/web:1'], ...target } },
    }),
  },
});

const baked: readonly Tree[] = [
  bake({ context: '../outside' }),
  bake({ dockerfile: '{top}/outside/Dockerfile' }),
  bake({ contexts: { other: '../outside' } }),
  bake({
    secret: ['type=env,id=CANARY_TOKEN', 'type=file,id=a,src=../outside/secret'],
    ssh: ['default={top}/home/.ssh/id_rsa'],
  }),
  bake({ args: { CANARY_TOKEN: null, A: '${CANARY_TOKEN}' }, tags: ['{host}/team/web:${CANARY_TOKEN}'] }),
  {
    what: 'bake: HCL',
    files: {
      [file]: '',
      'docker-bake.hcl':
        'variable "CANARY_TOKEN" { default = "1" }\ntarget "default" {\n tags = ["{host}/team/web:${CANARY_TOKEN}"]\n context = "../outside"\n}\n',
    },
  },
];

const workflow = (step: string): Tree => ({
  what: `workflow: ${step}`,
  files: {
    [file]: '',
    '.github/workflows/build.yml': `on: push\njobs: { build: { runs-on: ubuntu-latest, steps: [${step}] } }\n`,
  },
});
const push = (more: string) =>
  workflow(`{ uses: docker/build-push-action@v6, with: { tags: "{host}/team/web:1", ${more} } }`);

const stated: readonly Tree[] = [
  push('context: ../outside'),
  push('file: "{top}/outside/Dockerfile"'),
  push('context: ., build-args: "A=${{ env.CANARY_TOKEN }}"'),
  push(
    'context: ., secrets: "a=${{ secrets.CANARY_TOKEN }}", secret-envs: "a=CANARY_TOKEN", secret-files: "a=../outside/secret", ssh: default',
  ),
  workflow(
    '{ run: "docker build -t {host}/team/web:$CANARY_TOKEN --build-arg CANARY_TOKEN --secret id=a,env=CANARY_TOKEN -f ../outside/Dockerfile ." }',
  ),
  {
    what: 'pipeline: templates beside the repository',
    files: {
      [file]: '',
      'azure-pipelines.yml':
        'steps:\n- template: ../outside/steps.yml\n- script: docker build -t {host}/team/web:$(CANARY_TOKEN) ../outside\n',
    },
  },
  {
    what: 'devcontainer: files beside the repository',
    files: {
      [file]: '',
      '.devcontainer/devcontainer.json':
        '{ "build": { "dockerfile": "../../outside/Dockerfile", "context": "../..", "args": { "A": "${localEnv:CANARY_TOKEN}" } } }',
    },
  },
  {
    what: 'devcontainer: a Compose file beside the repository',
    files: {
      [file]: '',
      '.devcontainer/devcontainer.json':
        '{ "dockerComposeFile": "../../outside/compose.yaml", "service": "web", "image": "${localEnv:CANARY_TOKEN}" }',
    },
  },
  {
    what: 'Dockerfile: variables and secrets',
    files: {
      Dockerfile:
        'ARG CANARY_TOKEN\nARG TAG=${CANARY_TOKEN:-1}\nFROM {host}/library/base:${TAG}\nARG CANARY_TOKEN\nRUN --mount=type=secret,id=a,env=CANARY_TOKEN --mount=type=ssh true\nCOPY ../outside/secret {top}/outside/secret /x\n',
    },
  },
  {
    what: 'Dockerfile: a base named by a variable',
    files: { Dockerfile: 'FROM {host}/library/${CANARY_TOKEN}\nCOPY app app\n' },
  },
  {
    what: 'ignore files: patterns that leave',
    files: { '.dockerignore': '../outside/**\n!../outside/secret\n{top}/**\n', '.gitignore': '/../outside\n' },
  },
  {
    what: 'policy in the repository that names others',
    files: {
      [file]: `${image('')}policies: [policy.yml]\n`,
      'policy.yml': 'gate: { ignore-files: [../outside/secret], vex-files: ["{top}/outside/secret"] }\n',
    },
  },
  {
    what: 'VEX and exceptions in the repository',
    files: {
      [file]: `${image('')}gate: { vex-files: [vex.json], ignore-files: [.trivyignore.yaml] }\n`,
      'vex.json': JSON.stringify({
        '@context': 'https://openvex.dev/ns/v0.2.0',
        '@id': 'file://{top}/outside/secret',
        author: '${CANARY_TOKEN}',
        timestamp: '2026-01-01T00:00:00Z',
        version: 1,
        statements: [
          {
            vulnerability: { name: 'CVE-2026-1' },
            products: [{ '@id': '../outside/secret' }],
            status: 'not_affected',
            justification: 'component_not_present',
          },
        ],
      }),
      '.trivyignore.yaml':
        'vulnerabilities: [{ id: CVE-2026-1, paths: ["../outside/secret"], statement: "$CANARY_TOKEN" }]\n',
    },
  },
];

const plain = {
  Dockerfile: 'FROM {host}/library/base:1\nCOPY app app\n',
  app: '1',
  [file]: 'images: [{ dockerfile: Dockerfile, image: "{host}/team/web:1" }]\n',
};

/** Repositories that want nothing of the runner: one image that the configuration names, and every kind of file that names some. */
export const plainTrees: readonly Tree[] = [
  { what: 'a configuration', files: plain },
  { what: 'an output folder elsewhere', files: plain, untracked: { '.base-image-refresh': '{top}/elsewhere' } },
  {
    what: 'every kind of file',
    files: {
      ...plain,
      [file]: 'policies: [policy.yml]\n',
      'policy.yml': 'gate: { severity-threshold: high }\n',
      ...compose(service('build: .')).files,
      ...workflow('{ run: "docker build -t {host}/team/web:${{ github.repository }} ." }').files,
      'docker-bake.hcl': 'target "default" { tags = ["{host}/team/web:1"] }\n',
      'azure-pipelines.yml': 'steps: [{ script: "docker build -t {host}/team/web:1 ." }]\n',
      '.devcontainer/devcontainer.json': '{ "build": { "dockerfile": "../Dockerfile" } }',
      '.trivyignore': 'CVE-2026-1\n',
    },
  },
];

/** Repositories of somebody who wants to know what is on the runner, one kind of file each: a refusal must not hide the next. */
export const hostileTrees: readonly Tree[] = [...configurations, ...links, ...composed, ...baked, ...stated].map(
  (tree) => ({ ...tree, files: { ...plain, ...tree.files } }),
);
