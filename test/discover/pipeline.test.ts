import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { discovered, shop } from './support.ts';

const file = 'ARG V=12\nFROM debian:$V AS base\nFROM base AS prod\n';

async function found(files: Record<string, string>, inputs: Record<string, string> = {}) {
  const { builds, notices } = await discovered(shop({ Dockerfile: file, ...files }), inputs);
  return {
    notices: notices.map(describeFailure),
    builds: builds.map(({ build }) => ({
      name: build.name,
      dockerfile: build.dockerfile,
      context: build.context,
      target: build.target,
      args: build.args,
      platforms: build.platforms.map(formatPlatform),
      releases: build.releases.map(formatReference),
      from: build.provenance.context,
    })),
  };
}

function docker(inputs: Readonly<Record<string, string>>, indent = ''): string {
  const lines = Object.entries(inputs).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
  return ['- task: Docker@2', '  inputs:', ...lines].map((line) => indent + line).join('\n');
}

const hosted = { repository: 'ghcr.io/Acme/Web', tags: '$(Build.BuildId)\nlatest' };
const plain = {
  name: 'web',
  dockerfile: 'Dockerfile',
  context: '.',
  target: undefined,
  args: {},
  platforms: [],
  releases: ['ghcr.io/acme/web:latest'],
  from: 'azure-pipelines.yml',
};

describe('a pipeline that runs the Docker task', () => {
  it('says how an image is built and pushed in one', async () => {
    const steps = `steps:\n${docker(hosted)}`;
    expect(await found({ 'azure-pipelines.yml': steps })).toEqual({ builds: [plain], notices: [] });
  });

  it('says what is built first and pushed then, in jobs of stages, with its variables and arguments', async () => {
    const build = {
      command: 'build',
      repository: '$(registry)/web',
      Dockerfile: '$(Build.SourcesDirectory)/docker/prod.file',
      buildContext: '$(System.DefaultWorkingDirectory)',
      tags: '${{ variables.tag }}',
      arguments: '--build-arg V=13 --build-arg "W=a b" --build-arg S=$(secret) --target=prod --platform linux/arm64',
    };
    const text = [
      'variables:',
      '- name: host\n  value: ghcr.io',
      '- { name: registry, value: $(host)/acme }',
      '- group: shared',
      'stages:',
      '- stage: release',
      '  variables: { tag: v1 }',
      '  jobs:',
      '  - job: image',
      '    steps:',
      docker(build, '    '),
      docker({ command: 'push', repository: '$(registry)/web', tags: '$(tag)' }, '    '),
    ].join('\n');
    expect((await found({ 'ci/release.yaml': text, 'docker/prod.file': file })).builds).toEqual([
      {
        ...plain,
        name: 'shop',
        releases: [],
        from: undefined,
      },
      {
        name: 'web',
        dockerfile: 'docker/prod.file',
        context: '.',
        target: 'prod',
        args: { V: '13', W: 'a b' },
        platforms: ['linux/arm64'],
        releases: ['ghcr.io/acme/web:v1'],
        from: 'ci/release.yaml jobs.image',
      },
    ]);
  });

  it('is followed into templates of the repository, which are read with what they are given', async () => {
    const template = [
      'parameters:',
      '- { name: image, type: string }',
      '- { name: file, default: Dockerfile }',
      'steps:',
      docker({ repository: "${{ parameters['image'] }}", Dockerfile: '${{ parameters.file }}', tags: '1' }),
    ].join('\n');
    const text = [
      'jobs:',
      '- job: a',
      '  steps:',
      '  - template: templates/docker.yml',
      '    parameters: { image: ghcr.io/acme/a }',
      '  - ${{ if true }}:',
      '    - template: /ci/templates/docker.yml',
      '      parameters: { image: ghcr.io/acme/b, file: b/Dockerfile }',
      '  - template: other.yml@templates',
      // The first file that is taken in takes itself in.
      '  - template: azure-pipelines.yml',
    ].join('\n');
    const files = { 'ci/azure-pipelines.yml': text, 'ci/templates/docker.yml': template, 'b/Dockerfile': file };
    const { builds, notices } = await found(files);
    expect(builds.map(({ dockerfile, releases }) => [dockerfile, releases])).toEqual([
      ['Dockerfile', ['ghcr.io/acme/a:1']],
      ['b/Dockerfile', ['ghcr.io/acme/b:1']],
    ]);
    expect(notices).toEqual([]);
  });

  it('takes the first of several Dockerfiles that a pattern matches, in the order of their paths', async () => {
    const files = {
      'b/Dockerfile': file,
      'a/Dockerfile': file,
      'azure-pipelines.yml': `steps:\n${docker({ ...hosted, Dockerfile: '*/Dockerfile' })}`,
    };
    expect((await found(files)).builds.find(({ name }) => name === 'web')).toMatchObject({
      dockerfile: 'a/Dockerfile',
      context: 'a',
    });
  });
});

describe('what a pipeline alone does not tell', () => {
  const step = (inputs: Readonly<Record<string, string>>) => ({ 'azure-pipelines.yml': `steps:\n${docker(inputs)}` });
  const connection = { containerRegistry: 'prod acr', repository: 'acme/web', tags: 'latest' };

  it('the registry behind a service connection; the rest counts all the same', async () => {
    const { builds, notices } = await found(step({ ...connection, Dockerfile: 'Dockerfile', buildContext: 'src' }));
    expect(builds).toEqual([{ ...plain, context: 'src', releases: [] }]);
    expect(notices).toEqual([
      'azure-pipelines.yml: the Docker@2 task that builds Dockerfile pushes acme/web through the service connection ' +
        '"prod acr", whose registry it does not name; give --image web=REGISTRY/REPOSITORY:TAG or name it under ' +
        'images: in .base-image-refresh.yml.',
    ]);
  });

  it('is told by the user, and no longer a matter then', async () => {
    const given = await found(step({ ...connection, buildContext: 'src' }), {
      image: 'prod.azurecr.io/acme/web:latest',
    });
    expect(given).toMatchObject({
      builds: [{ context: 'src', releases: ['prod.azurecr.io/acme/web:latest'] }],
      notices: [],
    });
    const config = 'images: [{ dockerfile: Dockerfile, image: "prod.azurecr.io/acme/web:latest" }]';
    const configured = await found({ ...step(connection), '.base-image-refresh.yml': config });
    expect(configured).toMatchObject({ builds: [{ releases: ['prod.azurecr.io/acme/web:latest'] }], notices: [] });
    const other = await found(step({ ...connection, buildContext: 'src' }), { image: 'prod.azurecr.io/acme/other:1' });
    expect(other.builds).toMatchObject([{ name: 'shop', context: '.' }]);
  });

  it.each([
    ['the Dockerfile', { ...hosted, Dockerfile: '$(file)' }, 'builds $(file), which only a run of the pipeline knows'],
    ['the context', { ...hosted, buildContext: '$(where)' }, 'in $(where), which is not known to be in the repository'],
    ['the repository', { ...hosted, repository: '$(repo)' }, 'has the repository $(repo), which only a run knows'],
    ['the tags', { ...hosted, tags: '$(tag)' }, 'pushes ghcr.io/acme/web under tags that only a run knows'],
    ['no repository', { tags: 'latest' }, 'names no repository'],
  ])('%s', async (_, inputs, words) => {
    const { notices } = await found(step(inputs));
    expect(notices).toEqual([expect.stringContaining(words)]);
    expect(notices[0]).toMatch(/^azure-pipelines\.yml: .*\.base-image-refresh\.yml/);
  });

  it.each([
    ['builds and does not push', step({ ...hosted, command: 'build' })],
    ['logs in', step({ command: 'login', containerRegistry: 'x' })],
    ['is a list', { 'azure-pipelines.yml': '- Docker@2' }],
    ['builds a file that is not there', step({ ...hosted, Dockerfile: 'nowhere' })],
    ['builds outside the repository', step({ ...hosted, Dockerfile: '../Dockerfile' })],
    ['runs another task', { 'azure-pipelines.yml': 'steps: [{ task: Docker@1, inputs: {} }, { script: Docker@2 }]' }],
  ])('nothing where it %s', async (_, files) => {
    expect(await found(files)).toEqual({
      notices: [],
      builds: [{ ...plain, name: 'shop', releases: [], from: undefined }],
    });
  });
});

const job = (steps: string, more = '') => ({
  'azure-pipelines.yml': `trigger: [main]\nvariables: { registry: ghcr.io/acme }\njobs:\n- job: a\n${more}  steps:\n${steps.replace(/^/gm, '  ')}\n`,
});

describe('a script of a pipeline', () => {
  it.each([
    ['script', '- script: |\n    docker build -t $(registry)/web:1 .\n    docker push $(registry)/web:1'],
    ['bash with variables of the environment', '- bash: docker build --push -t $REGISTRY/web:1 .'],
    [
      'Bash@3',
      '- task: Bash@3\n  inputs: { targetType: inline, script: "docker build --push -t ghcr.io/acme/web:1 ." }',
    ],
    [
      'two steps',
      '- script: docker build -t web .\n- script: docker tag web ghcr.io/acme/web:1 && docker push ghcr.io/acme/web:1',
    ],
    [
      'AzureCLI@2',
      '- task: AzureCLI@2\n  inputs: { scriptType: bash, inlineScript: "docker build --push -t ghcr.io/acme/web:1 ." }',
    ],
  ])('%s says what is built and pushed', async (_, steps) => {
    const { builds, notices } = await found(job(steps));
    expect(notices).toEqual([]);
    expect(builds).toMatchObject([{ name: 'web', dockerfile: 'Dockerfile', releases: ['ghcr.io/acme/web:1'] }]);
  });

  it('says what az acr build publishes', async () => {
    const { builds } = await found(
      job('- task: AzureCLI@2\n  inputs: { scriptType: bash, inlineScript: "az acr build -r acme -t web:1 ." }'),
    );
    expect(builds).toMatchObject([{ releases: ['acme.azurecr.io/web:1'] }]);
  });

  it.each([
    ['a variable of a group', '- script: docker build --push -t $(group)/web:1 .', '$(group), which only a run knows'],
    [
      'a tag of the run',
      '- script: docker build --push -t ghcr.io/acme/web:$(Build.BuildId) .',
      '$(Build.BuildId), which only a run knows',
    ],
    ['PowerShell', '- pwsh: docker push ghcr.io/acme/web:1', 'a script of PowerShell is not understood'],
    [
      'Docker@1',
      '- task: Docker@1\n  inputs: { command: Push an image, imageName: web }',
      'Docker@1 pushes, and is not understood',
    ],
  ])('says of %s that it is not known', async (_, steps, words) => {
    const { builds, notices } = await found(job(steps));
    expect(notices).toEqual([expect.stringContaining(words)]);
    expect(notices[0]).toMatch(/^azure-pipelines\.yml:\d+: /);
    expect(builds).toMatchObject([{ releases: [] }]);
  });

  it.each([
    ['a job that never runs', '  condition: false\n'],
    ['a job of pull requests', "  condition: eq(variables['Build.Reason'], 'PullRequest')\n"],
  ])('in %s publishes nothing', async (_, more) => {
    const { builds, notices } = await found(job('- script: docker build --push -t ghcr.io/acme/web:1 .', more));
    expect({ builds, notices }).toMatchObject({ builds: [{ releases: [] }], notices: [] });
  });

  it('that is broken is a warning with its line', async () => {
    const { notices } = await found({
      'azure-pipelines.yml': 'trigger: [main]\nsteps:\n- script: docker push x\n  a: b: c\n',
    });
    expect(notices).toEqual([expect.stringMatching(/^azure-pipelines\.yml:4: is no YAML that can be read/)]);
  });
});

describe('a condition of a pipeline', () => {
  const script = (condition: string, name = 'script: docker build --push -t ghcr.io/acme/web:1 .') =>
    job(`- ${name}\n  condition: ${condition}`);
  const published = async (files: Record<string, string>) => {
    const { builds, notices } = await found(files);
    return { releases: builds.flatMap(({ releases }) => releases), notices };
  };

  it.each([
    "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))",
    "and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'))",
    "or(startsWith(variables['Build.SourceBranch'], 'refs/tags/'), eq(variables['X'], 'y'))",
    "in(variables['Build.SourceBranchName'], 'main', 'develop')",
    "not(eq(variables['registry'], 'other'))",
    'succeededOrFailed()',
  ])('that a run decides for: %s', async (condition) => {
    expect(await published(script(condition))).toEqual({ releases: ['ghcr.io/acme/web:1'], notices: [] });
  });

  it.each([
    "eq(variables['Build.Reason'], 'PullRequest')",
    "and(failed(), eq(variables['X'], 'y'))",
    "eq(variables['registry'], 'other')",
  ])('that no run decides for: %s', async (condition) => {
    expect(await published(script(condition))).toEqual({ releases: [], notices: [] });
  });

  it.each([
    [
      "eq(variables['deploy'], 'true')",
      "ghcr.io/acme/web:1 (only if eq(variables['deploy'], 'true'), which only a run knows)",
    ],
    ["and(succeeded(), ne(variables['X'], ''))", 'only if and(succeeded()'],
    ["eq(dependencies.a.outputs['b.c'], 'd')", 'only if eq(dependencies'],
    ['what this is', 'only if what this is'],
  ])('that only a run knows: %s', async (condition, words) => {
    expect(await published(script(condition))).toEqual({ releases: [], notices: [expect.stringContaining(words)] });
  });

  it('of a Docker task, a job or a stage before makes what it publishes doubtful', async () => {
    const task = docker(hosted).replace('  inputs:', "  condition: eq(variables['X'], 'y')\n  inputs:");
    const doubtful = {
      releases: [],
      notices: [expect.stringContaining('publishes ghcr.io/acme/web:latest only if eq')],
    };
    expect(await published({ 'azure-pipelines.yml': `steps:\n${task}` })).toEqual(doubtful);
    const jobs = `jobs:\n- job: a\n  condition: eq(variables['X'], 'y')\n  steps: []\n- job: b\n  dependsOn: a\n  steps:\n${docker(hosted, '  ')}`;
    expect(await published({ 'azure-pipelines.yml': jobs })).toEqual(doubtful);
    const stages = `stages:\n- stage: a\n  condition: eq(variables['X'], 'y')\n  jobs: []\n- stage: b\n  jobs:\n  - job: c\n    steps:\n${docker(hosted, '    ')}`;
    expect(await published({ 'azure-pipelines.yml': stages })).toEqual(doubtful);
  });

  it.each([
    ['with a list of parameters', 'ci/build.yml', 'parameters: [{ name: image, default: ghcr.io/acme/web }]'],
    ['with a mapping of defaults', 'azure-pipelines.yml', 'parameters: { image: ghcr.io/acme/web }'],
  ])('that no pipeline takes in, as a template %s, publishes nothing that is known', async (_, path, parameters) => {
    const steps = `steps:\n${docker({ ...hosted, repository: '${{ parameters.image }}' })}`;
    const script = '- script: docker build --push -t ghcr.io/acme/web:2 .';
    expect(await published({ [path]: `${parameters}\n${steps}\n${script}` })).toEqual({
      releases: [],
      notices: [
        expect.stringMatching(
          /ghcr\.io\/acme\/web:latest only where a pipeline takes this template in, and no pipeline/,
        ),
        expect.stringMatching(/ghcr\.io\/acme\/web:2 .*only where a pipeline takes this template in, and no pipeline/),
      ],
    });
    const own = `trigger: [main]\n${parameters.replace(/\{ image: (.*) \}$/, '[{ name: image, default: $1 }]')}\n${steps}`;
    expect((await published({ [path]: own })).releases).toEqual(['ghcr.io/acme/web:latest']);
  });

  it('that inserts steps or variables leaves them open', async () => {
    const inserted = `steps:\n- \${{ if eq(parameters.push, 'x') }}:\n${docker(hosted, '  ')}`;
    expect(await published({ 'azure-pipelines.yml': inserted })).toEqual({
      releases: [],
      notices: [expect.stringContaining("only if eq(parameters.push, 'x')")],
    });
    const variables = `variables:\n- { name: tag, value: dev }\n- \${{ if eq(variables['Build.SourceBranchName'], 'main') }}:\n  - { name: tag, value: latest }\nsteps:\n${docker({ ...hosted, tags: '$(tag)' })}`;
    expect((await published({ 'azure-pipelines.yml': variables })).releases).toEqual([]);
  });

  it('and a variable that a step sets is not what the file says of it', async () => {
    const text = `variables: { tag: dev }\nsteps:\n- pwsh: Write-Host "##vso[task.setvariable variable=Tag]$v"\n${docker({ ...hosted, tags: '$(tag)' })}`;
    expect((await published({ 'azure-pipelines.yml': text })).releases).toEqual([]);
  });

  it('and a push names what is pushed, whatever is built', async () => {
    const built = docker({ ...hosted, command: 'build', tags: '1\n2' });
    const pushed = docker({ ...hosted, command: 'push', tags: '2' });
    expect(await published({ 'azure-pipelines.yml': `steps:\n${built}\n${pushed}` })).toEqual({
      releases: ['ghcr.io/acme/web:2'],
      notices: [],
    });
  });
});
