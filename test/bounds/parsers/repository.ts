import { readBakeJson } from '../../../core/discover/bake.ts';
import { holdBakes } from '../../../core/discover/bake-runs.ts';
import { readCompose } from '../../../core/discover/compose.ts';
import { createCost } from '../../../core/discover/cost.ts';
import { readDevcontainer } from '../../../core/discover/devcontainer.ts';
import { isIgnored, withIgnoreFile } from '../../../core/discover/ignore-rules.ts';
import { createExpansion } from '../../../core/discover/interpolate.ts';
import { parseOwners } from '../../../core/discover/owners.ts';
import { isPipelineText, readPipelines } from '../../../core/discover/pipeline.ts';
import { createJobSession } from '../../../core/discover/published.ts';
import { runScript } from '../../../core/discover/script/run.ts';
import { metadataOf } from '../../../core/discover/workflow/metadata.ts';
import { readWorkflow } from '../../../core/discover/workflow.ts';
import { readDockerfile } from '../../../core/dockerfile/read.ts';
import { statedSettings } from '../../../core/dockerfile/stated-settings.ts';
import { FailureError, fail } from '../../../core/failure.ts';
import { parseReference } from '../../../core/oci/reference.ts';
import { ignoreFilter } from '../../../core/rebuild/build-context.ts';
import { imagesIn } from '../../../core/update/compose-images.ts';
import { eachRepeated, jsonGrowths, nestedIn, type Parser, repeated } from '../growth.ts';

const platform = { os: 'linux', architecture: 'amd64' };

/** The one file of a repository that has this text. */
function only(path: string, text: string, others: Readonly<Record<string, string>> = {}) {
  return async (asked: string) => (asked === path ? text : others[asked]);
}

function dockerfile(text: string) {
  const read = readDockerfile(text, {
    args: { A: 'aa' },
    contexts: {},
    platforms: { build: platform, target: platform },
  });
  if (read.kind === 'refused') throw fail('dockerfile', 'Dockerfile', read.detail);
  return { ...read, stated: statedSettings(text, { args: { A: 'aa' } }) };
}

function workflow(text: string) {
  const path = '.github/workflows/a.yml';
  const origin = { repository: 'acme/app', owner: 'acme', defaultBranch: 'main', tags: ['v1.2.3'] };
  return readWorkflow(path, { read: only(path, text), origin, isThere: () => true, called: new Set() });
}

function tags(text: string) {
  const inputs = { images: 'ghcr.io/acme/app\nquay.io/acme/app', tags: text, flavor: text.slice(0, 200) };
  const run = { event: 'push', label: 'a', refType: 'tag', ref: 'v1.2.3' } as const;
  return [metadataOf(inputs, run, createCost('a')), metadataOf({ ...inputs, flavor: '' }, run, createCost('a'))];
}

async function bakeFile(text: string) {
  const builds = await readBakeJson(only('docker-bake.json', text), ['docker-bake.json']);
  const bakes = [{ folder: '.', why: undefined, environment: ['A'], subject: 'a' }];
  const files = ['docker-bake.json', 'docker-bake.hcl'];
  return holdBakes({ builds, notices: [], failures: [], bakes }, files, async () => text);
}

function script(text: string) {
  const session = createJobSession(() => true);
  const variables = new Map([['A', 'aa']]);
  runScript(text, { variables, folder: '.', line: 1, session, cost: createCost('a') });
  return session;
}

const scriptTokens = [
  ...[
    'if [ a = $A ]; then\n',
    'fi\n',
    'f() {\n',
    '}\n',
    'f\n',
    'for a in b c; do\n',
    'done\n',
    '[[ ',
    '(',
    '((',
    'A=(',
  ],
  ...['case a in\n', 'docker push -a a\n', 'echo a=b >> $GITHUB_ENV\n', 'local a\n'],
  ...[
    'docker build -t a .\n',
    'docker push a\n',
    'docker tag a b\n',
    'az acr build -r a -t b .\n',
    'a=$a$a\n',
    'cd a\n',
  ],
  ...[
    '$(',
    ')',
    '`',
    '"',
    "'",
    '\\',
    '\\\n',
    '\n',
    ';',
    '&&',
    '||',
    '|',
    '&',
    '>',
    '<',
    '<<',
    '<<<',
    '<<A\n',
    'A\n',
    '#',
    ' #',
  ],
  ...[
    '${',
    '}',
    '${A,,}',
    '${A:-',
    '$A',
    '$',
    'if a; then\n',
    'fi\n',
    'for A in b; do\n',
    '{ ',
    '} ',
    '( ',
    'echo "A=b" >> $GITHUB_ENV\n',
  ],
  ...['export A=b\n', 'A+=b\n', '-', '--a=b ', '-t ', '=', ' ', 'a', '/', '\u0000', 'read A\n', '. a\n'],
];
const tagTokens = [
  ...[
    'type=semver,pattern={{version}}\n',
    'type=raw,value=a\n',
    'type=match,pattern=(a*)*b\n',
    'type=match,pattern=/a/i\n',
  ],
  ...[
    'type=ref,event=tag\n',
    'type=sha\n',
    'a',
    ',',
    '=',
    '"',
    '""',
    '#',
    '\n',
    '{{',
    '}}',
    '{{tag}}',
    '/',
    '(',
    'a*',
    ')',
    ' ',
    '\u0000',
  ],
  ...['prefix=', 'suffix=', 'enable=', 'priority=', 'latest=true', 'onlatest=true'],
];

async function pipeline(text: string) {
  if (!isPipelineText(text)) return undefined;
  const read = await readPipelines(only('p.yml', text), ['p.yml'], ['Dockerfile']);
  const [failure] = read.failures;
  if (failure !== undefined) throw new FailureError(failure);
  return read;
}

const dockerfileTokens = [
  ...['FROM a\n', 'FROM a AS b\n', 'ARG A\n', 'ARG A=$A$A\n', 'ENV A=$A$A\n', 'ENV A b\n', 'COPY --from=a b c\n'],
  ...[
    'RUN --mount=type=bind,from=a b\n',
    'RUN <<E\n',
    'E\n',
    '<<E ',
    '\\\n',
    '`\n',
    '# escape=`\n',
    '#\n',
    ' ',
    '\n',
    '\t',
  ],
  ...[
    '${',
    '}',
    '${A:-',
    '${A#',
    '${A%%*a',
    '${A//a/b',
    '$',
    '"',
    "'",
    '[',
    ']',
    '"a",',
    '--a=b ',
    'a=b ',
    'a,',
    '=',
    '\u2028',
  ],
  ...[
    'HEALTHCHECK CMD a\n',
    'EXPOSE 1-65535\n',
    'ONBUILD RUN a\n',
    'ONBUILD ',
    'LABEL a=b\n',
    'USER a\n',
    'SHELL ["a"]\n',
    'STOPSIGNAL 9\n',
  ],
  ...[
    'VOLUME a\n',
    'WORKDIR a\n',
    'ADD http://a b\n',
    'MAINTAINER a\n',
    'ENTRYPOINT ["a"]\n',
    '# syntax=a\n',
    'é',
    '\u0000',
    '\r',
  ],
];

const yamlTokens = [
  ...[
    '- ',
    '-\n',
    'a: b\n',
    'a:\n',
    '  a: b\n',
    '? ',
    ': ',
    '[',
    ']',
    '{',
    '}',
    '[a,',
    '{a: ',
    '&a ',
    '*a ',
    '*a,',
    '!a ',
    '!reset ',
  ],
  ...[
    '<<: *a\n',
    '"',
    "'",
    '|\n',
    '>\n',
    '  ',
    '\n',
    '#\n',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '${',
    '$A',
    '${A:-',
    '}',
    '${{ ',
    ' }}',
  ],
  ...['\t', '\\', '&a [*a]\n', 'a', '1', '~', '\r\n', '\u0000', '- a\n', '- a: b\n', '${{ env.A }}', '$(a)', '- *a\n'],
];

const composeHead = 'services:\n  a:\n    image: "x/y"\n    build: .\n';
const workflowHead =
  'jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          tags: ';
const pipelineHead = 'steps:\n- task: Docker@2\n  inputs:\n    repository: a\n    tags: ';
const yamlDepths = [nestedIn('[', ']', 'a: '), nestedIn('{a: ', '}', 'a: '), nestedIn('- ', ''), nestedIn('[', '')];

/** Keys that are each another. */
function keys(indent: string, behind: string) {
  return {
    label: `many keys ${JSON.stringify(behind)}`,
    of: (size: number) =>
      Array.from({ length: Math.ceil(size / (behind.length + 8)) }, (_, at) => `${indent}k${at}:${behind}`).join(''),
  };
}

function behind(head: string, growth: ReturnType<typeof keys>) {
  return { label: `${JSON.stringify(head.slice(-20))} ${growth.label}`, of: (size: number) => head + growth.of(size) };
}

/** Parsers of files that stand in a repository and say what is built of it. */
export const repositoryParsers: readonly Parser[] = [
  {
    name: 'Dockerfile',
    sources: [
      ...[
        'arguments',
        'bases',
        'commands',
        'contexts',
        'csv',
        'directives',
        'dispatch',
        'expand',
        'flags',
        'healthcheck',
        'heredoc',
      ],
      ...['lex', 'mounts', 'pattern', 'platform', 'ports', 'read', 'shell-lexer', 'space'],
      ...['stated-settings', 'states', 'substitution'],
      ...['tokens', 'transfer', 'triggers', 'words'],
    ].map((name) => `core/dockerfile/${name}.ts`),
    parse: dockerfile,
    growths: [
      ...eachRepeated(dockerfileTokens, [
        '',
        'FROM ',
        'FROM a\nRUN ',
        'ARG A=',
        'ARG A=aa\nFROM a\nENV B="',
        'FROM a\nLABEL ',
        'FROM a\nCOPY ',
      ]),
      ...eachRepeated(
        ['a', '*a', 'a*', '?', '\\*'],
        ['ARG A=aaaaaaaaaaaaaaaaaaaaaa\nFROM a\nENV B=${A##', 'FROM a\nENV B=${A//'],
      ),
      repeated('a', 'ARG A=', '\nFROM b${A##*b}\nENV C=${A//a/aaaa}'),
    ],
    nested: [nestedIn('${A:-', '}', 'FROM '), nestedIn('${B:-', '}', 'FROM a\nENV C=')],
    tokens: dockerfileTokens,
  },
  {
    name: 'reference',
    sources: ['core/oci/reference.ts', 'core/oci/digest.ts', 'core/oci/platform.ts'],
    parse: parseReference,
    growths: eachRepeated(
      ['a', 'a/', '/', ':', '@', 'a.', 'a-', 'a_', '__', '[', 'A', '1', 'sha256:', '-', '.', ':1'],
      ['', 'a.b/', 'a:', 'a@sha256:'],
    ),
    nested: [],
    tokens: [
      'a',
      'b1',
      '/',
      ':',
      '@',
      '.',
      '-',
      '_',
      '__',
      '[',
      ']',
      'A',
      '1',
      'sha256:',
      'library/',
      'docker.io',
      'localhost',
      ':5000',
      'a'.repeat(64),
    ],
  },
  {
    name: 'Compose',
    sources: ['compose', 'compose-build', 'compose-project', 'interpolate', 'yaml', 'stated'].map(
      (name) => `core/discover/${name}.ts`,
    ),
    parse: (text) => readCompose(only('compose.yaml', text, { '.env': 'A=aa\n' }), ['compose.yaml']),
    growths: [
      ...eachRepeated(yamlTokens, ['', `${composeHead}    platform: "`, 'include:\n', `${composeHead}    args: `]),
      behind('services:\n', keys('  ', ' {image: a, build: .}\n')),
      behind('services:\n', keys('  ', ' {extends: k0}\n')),
      behind(`${composeHead.replace('.', '')}      args:\n`, keys('        ', ' $A\n')),
      repeated('- a.yaml\n', 'include:\n'),
    ],
    nested: [...yamlDepths, nestedIn('${A:+', '}', 'services: {a: {image: "', '", build: .}}')],
    tokens: [
      ...yamlTokens,
      ...[
        'services:\n',
        '  a:\n',
        '    image: x\n',
        '    build: .\n',
        'include: [compose.yaml]\n',
        '    extends: a\n',
        '    extends: {file: compose.yaml, service: a}\n',
      ],
    ],
  },
  {
    name: '.env',
    sources: ['core/discover/interpolate.ts'],
    parse: (text) => readCompose(only('compose.yaml', composeHead, { '.env': text }), ['compose.yaml']),
    growths: [
      ...eachRepeated(
        ['A=b\n', ' ', '=', '"', "'", '#', ' #', '$', '${', '}', '${A}', '$A', '\n', '\r', 'export ', '\\', 'a', ':'],
        ['', 'A=', 'A="', "A='", 'A=b #', 'A', 'export '],
      ),
      repeated('A=$A$A\n', 'A=ab\n'),
    ],
    nested: [nestedIn('${A:+', '}', 'A=1\nB=')],
    tokens: ['A', 'B=', '=', ' ', '"', "'", '#', '$A', '${A', '}', ':-', '$$', '\n', 'export ', '\\', ':'],
  },
  {
    name: 'bake',
    sources: ['core/discover/bake.ts', 'core/discover/bake-runs.ts'],
    parse: bakeFile,
    ...jsonGrowths({
      variable: { A: { default: 'aa' } },
      target: {
        a: { inherits: ['b'], tags: ['x/y:${A}'], args: { B: '$A' }, contexts: { c: 'd' }, platforms: ['linux/amd64'] },
        b: {},
      },
    }),
  },
  {
    name: '.dockerignore',
    sources: ['core/rebuild/build-context.ts', 'core/text/glob.ts'],
    parse: (text) => ignoreFilter(text)(`${'a'.repeat(40)}/b`),
    growths: eachRepeated(
      [
        '*',
        '*a',
        '**/',
        '?',
        '[',
        '[a-',
        ']',
        '\\',
        'a',
        '/',
        '!',
        '!a\n',
        '*\n',
        '#\n',
        ' ',
        '../',
        '\n',
        '[a]',
        '**a',
      ],
      ['', '*', '['],
    ),
    nested: [],
    tokens: ['*', '**', '/', '?', '[', ']', '-', '^', '!', '\\', 'a', 'b', '\n', '#', ' ', '..', '.'],
  },
  {
    name: '.gitignore',
    sources: ['core/discover/ignore-rules.ts'],
    parse: (text) => isIgnored(withIgnoreFile([], '', text), `${'a'.repeat(40)}/b`, false),
    growths: eachRepeated(
      ['*', '*a', '**/', '?', '[', '[a-', ']', '\\', 'a', '/', '!', '!a\n', '*\n', '#\n', ' ', '\n', '\\ '],
      ['', '*', '['],
    ),
    nested: [],
    tokens: ['*', '**', '/', '?', '[', ']', '-', '!', '\\', 'a', '\n', '#', ' '],
  },
  {
    name: 'CODEOWNERS',
    sources: ['core/discover/owners.ts'],
    parse: (text) => parseOwners(text, 'a')(`${'a'.repeat(40)}/b`),
    growths: eachRepeated(
      [
        '*',
        '*a',
        '**/',
        '?',
        '\\',
        '\\ ',
        'a',
        '/',
        '!',
        ' @a',
        ' @a/b',
        ' a@b',
        '[a]\n',
        '^[a][1] @a\n',
        '#',
        ' ',
        '\n',
        '* @a\n',
        '!a\n',
      ],
      ['', '* ', '[', '* @'],
    ),
    nested: [],
    tokens: ['*', '**', '/', '?', '[', ']', '^', '!', '\\', 'a', '\n', '#', ' ', ' @a', '@', '.', '-'],
  },
  {
    name: 'workflow',
    sources: [
      ...[
        'workflow',
        'cost',
        'gather',
        'published',
        'unknown',
        'build-options',
        'script/options',
        'script/programs',
        'script/buildpacks',
        'workflow/github-builder',
      ],
      ...['workflow/actions', 'workflow/evaluate', 'workflow/jobs', 'workflow/matrix', 'workflow/publications'],
      ...['workflow/steps', 'workflow/syntax', 'workflow/calls', 'workflow/composite', 'workflow/functions'],
      ...['workflow/shell-step', 'image-names'],
    ].map((name) => `core/discover/${name}.ts`),
    parse: workflow,
    growths: [
      ...eachRepeated(yamlTokens, ['', `${workflowHead}"`, `${workflowHead}|\n            `]),
      ...['a,', ' a\n', '${{', '${{ ', ' }}'].map((token) => repeated(token, `env: {A: b}\n${workflowHead}"`, '"')),
      behind('env:\n', keys('  ', ' ${{ env.k0 }}\n')),
      repeated('1,', 'jobs: {a: {strategy: {matrix: {b: [', '1], c: [1]}}}}'),
      repeated('{b: 1},', 'jobs: {a: {strategy: {matrix: {b: [1], include: [', '{}]}}}}'),
      repeated(
        '{b: 1},',
        'jobs: {a: {strategy: {matrix: {b: [1,2,3,4,5,6,7,8,9], c: [1,2,3,4,5,6,7,8,9], exclude: [',
        '{}]}}}}',
      ),
      repeated(
        '      - run: a\n',
        'jobs:\n  a:\n    strategy: {matrix: {b: [1,2,3,4,5,6,7,8,9], c: [1,2,3,4,5,6,7,8,9]}}\n    steps:\n',
      ),
    ],
    nested: yamlDepths,
    tokens: [
      ...yamlTokens,
      'jobs:\n',
      workflowHead,
      '    strategy: {matrix: {a: [1, 2], include: [{a: 1, b: 2}]}}\n',
      'env: {A: "${{ env.B }}"}\n',
    ],
  },
  {
    name: 'docker/metadata-action',
    sources: ['core/discover/workflow/metadata.ts', 'core/discover/workflow/metadata-inputs.ts'],
    parse: tags,
    growths: eachRepeated(tagTokens, ['', 'type=raw,value=', 'type=match,pattern=', 'type=semver,pattern=']),
    nested: [],
    tokens: tagTokens,
  },
  {
    name: 'shell script',
    sources: ['run', 'split', 'state', 'frames', 'conditions', 'assign', 'output', 'success', 'builtins', 'copies'].map(
      (name) => `core/discover/script/${name}.ts`,
    ),
    parse: script,
    growths: eachRepeated(scriptTokens, ['', 'docker build ', 'a="', 'echo ']),
    nested: [],
    tokens: scriptTokens,
  },
  {
    name: 'pipeline',
    sources: ['pipeline', 'pipeline-steps', 'pipeline-scripts', 'pipeline-conditions', 'pipeline-variables'].map(
      (name) => `core/discover/${name}.ts`,
    ),
    parse: pipeline,
    growths: [
      ...eachRepeated(yamlTokens, ['# Docker@2\n', `${pipelineHead}"`, `${pipelineHead}|\n      `]),
      ...['$(a)', '$(', '${{ variables.a }}', '${{', ' '].map((token) =>
        repeated(token, `variables: {a: bb}\n${pipelineHead}"`, '"'),
      ),
      behind(`${pipelineHead}b\nvariables:\n`, keys('  ', ' $(k0)$(k1)\n')),
      repeated('- condition: and(eq(variables.a, b), c)\n', 'steps:\n- task: Docker@2\n'),
      repeated('a, ', 'steps:\n- task: Docker@2\n  condition: and(', 'b)\n'),
      repeated('- template: p.yml\n', 'steps:\n- task: Docker@2\n'),
      repeated('- task: Docker@2\n', 'steps:\n'),
      repeated('  variables: {b: c}\n  steps: []\n-', '# Docker@2\nvariables: {a: b}\njobs:\n-', ' {}\n'),
      repeated(' ', ' ', 'x'),
      repeated('- ', '', 'x'),
    ],
    nested: yamlDepths.map((growth) => ({ ...growth, of: (depth: number) => `# Docker@2\n${growth.of(depth)}` })),
    tokens: [
      ...yamlTokens,
      '# Docker@2\n',
      pipelineHead,
      'variables: {a: "$(b)"}\n',
      '- template: p.yml\n',
      'parameters: {a: b}\n',
    ],
  },
  {
    name: 'devcontainer',
    sources: ['core/discover/devcontainer.ts'],
    parse: (text) => readDevcontainer(only('.devcontainer/devcontainer.json', text), '.devcontainer/devcontainer.json'),
    ...jsonGrowths({
      build: {
        dockerfile: 'Dockerfile',
        context: '.',
        args: { A: '${localEnv:A:b}' },
        target: 'a',
        options: ['--build-arg', 'A=b'],
      },
    }),
  },
  {
    name: 'Compose images for update',
    sources: ['core/update/compose-images.ts', 'core/update/yaml-scalars.ts'],
    parse: (text) => imagesIn(text, new Map([['A', 'aa']]), createExpansion('compose.yaml')),
    growths: [
      ...eachRepeated(yamlTokens, ['', `${composeHead}    platform: "`]),
      behind('services:\n', keys('  ', ' {image: a}\n')),
    ],
    nested: [],
    tokens: [...yamlTokens, 'services:\n', '  a:\n', '    image: x\n', '    platform: linux/arm64\n'],
  },
];
