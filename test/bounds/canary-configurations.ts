/** A repository; `{host}` is the registry, and `{top}` the folder that the repository stands in. */
export interface Tree {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Links to folders that whoever runs there made, and that git does not track. */
  readonly untracked?: Readonly<Record<string, string>>;
}

/** The configuration. */
export const file = '.base-image-refresh.yml';
/** A configuration of one image with more said of it. */
export const image = (more: string) => `images: [{ dockerfile: Dockerfile, image: "{host}/team/web:1", ${more} }]\n`;
const configured = (key: string): Tree => ({
  what: `configuration: ${key}`,
  files: { [file]: `${image('')}${key}\n` },
});

/** Keys of the configuration that name what is not the repository's. */
export const configurations: readonly Tree[] = [
  configured('build: { secrets: ["a=env:CANARY_TOKEN"] }'),
  configured('build: { secrets: ["a=file:{top}/outside/secret"] }'),
  configured('build: { secrets: ["a=file:../outside/secret"] }'),
  configured('build: { ssh: ["default={top}/home/.ssh/id_rsa"] }'),
  configured('build: { args: { A: "${CANARY_TOKEN}", B: "$CANARY_TOKEN", C: "env:CANARY_TOKEN" } }'),
  configured('build: { contexts: { other: ../outside } }'),
  configured('policies: [../outside/policy.yml]'),
  configured('gate: { vex-files: ["{top}/outside/secret"], ignore-files: [~/.ssh/id_rsa] }'),
  configured('lock-file: ../outside/secret'),
  configured('tests: { structure: [../outside/secret] }'),
  configured('sign: { tool: cosign, key: "env://CANARY_TOKEN" }'),
  configured('registries: { ca-file: ../outside/secret }'),
  configured('deploy: [{ name: a, kubeconfig: ../outside/secret }]'),
  {
    what: 'configuration: an image named by a variable',
    files: { [file]: image('args: { A: "$CANARY_TOKEN" }').replace('web:1', 'web:${CANARY_TOKEN}') },
  },
  {
    what: 'configuration: a Dockerfile beside the repository',
    files: { [file]: 'images: [{ dockerfile: ../outside/Dockerfile }]\n' },
  },
  { what: 'configuration: a context beside the repository', files: { [file]: image('context: ../outside') } },
];

/** Links that leave. */
export const links: readonly Tree[] = [
  { what: 'the configuration as a link', files: {}, links: { [file]: '../outside/config.yml' } },
  { what: 'the Dockerfile as a link', files: {}, links: { Dockerfile: '{top}/outside/Dockerfile' } },
  {
    what: 'ignore files as links',
    files: {},
    links: {
      '.dockerignore': '../outside/secret',
      '.gitignore': '../outside/secret',
      '.trivyignore': '../outside/secret',
      '.trivyignore.yaml': '../outside/secret',
      '.grype.yaml': '../outside/secret',
    },
  },
  { what: 'the lock file as a link', files: {}, links: { 'base-image-refresh.lock.json': '../outside/secret' } },
  { what: 'a folder as a link', files: {}, links: { sub: '../outside', deep: '{top}/home/.ssh' } },
  { what: 'links to nothing', files: {}, links: { 'compose.yaml': '../outside/none', '.env': '{top}/home/none' } },
  { what: 'the output folder as a link', files: {}, links: { '.base-image-refresh': '../outside' } },
  {
    what: 'policy, VEX and tests as links',
    files: {
      [file]: `${image('')}policies: [policy.yml]\ngate: { vex-files: [vex.json], ignore-files: [ignored] }\ntests: { structure: [tests.yml] }\n`,
    },
    links: {
      'policy.yml': '../outside/policy.yml',
      'vex.json': '../outside/secret',
      ignored: '../outside/secret',
      'tests.yml': '../outside/secret',
    },
  },
  {
    what: 'a Compose file and its .env as links',
    files: {},
    links: { 'compose.yaml': '../outside/compose.yaml', '.env': '../outside/env' },
  },
  {
    what: 'workflows, pipelines and containers as links',
    files: {},
    links: {
      '.github': '../outside',
      'azure-pipelines.yml': '../outside/steps.yml',
      '.devcontainer': '../outside',
      'docker-bake.json': '../outside/secret',
    },
  },
];
