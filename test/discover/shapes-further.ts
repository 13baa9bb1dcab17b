import { type Shape, workflowOf, workflowPath } from './shapes.ts';

const onMain = '{ push: { branches: [main] } }';
const dockerfile = { Dockerfile: 'FROM debian:12\n' };
const push = (settings: string) =>
  `- uses: docker/build-push-action@v6\n  with:\n    push: true\n${settings.replace(/^/gm, '    ')}`;

function workflow(text: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { [workflowPath]: text, ...dockerfile, ...more };
}

function called(text: string): string {
  return `on: { workflow_call: { inputs: { tag: { type: string, default: edge }, name: { type: string, required: true }, push: { type: boolean, default: true } }, secrets: { registry: { required: false } } } }\n${text}`;
}

const caller = (settings: string) =>
  `on: ${onMain}\njobs:\n  call:\n    uses: ./.github/workflows/image.yml\n${settings.replace(/^/gm, '    ')}\n`;

const azure = (text: string, more: Readonly<Record<string, string>> = {}) => ({
  'azure-pipelines.yml': text,
  ...dockerfile,
  ...more,
});
const dockerTask = (tags: string, indent = '') =>
  `- task: Docker@2\n  inputs: { command: buildAndPush, containerRegistry: acr, repository: acme/app, tags: "${tags}" }`.replace(
    /^/gm,
    indent,
  );

/** Shapes by which somebody could have another name believed than the one that is published. */
export const furtherShapes: readonly Shape[] = [
  {
    what: 'an input of a called workflow in its environment, with a matrix there',
    files: workflow(caller('with: { name: app }'), {
      '.github/workflows/image.yml': called(
        `env: { IMAGE: "ghcr.io/acme/\${{ inputs.name }}" }\njobs:\n  b:\n    runs-on: x\n    strategy: { matrix: { flavour: [slim] } }\n    env: { REF: "\${{ inputs.tag }}-\${{ matrix.flavour }}" }\n    steps:\n    - uses: docker/build-push-action@v6\n      with: { push: true, tags: "\${{ env.IMAGE }}:\${{ env.REF }}" }\n`,
      ),
    }),
    images: ['Dockerfile: ghcr.io/acme/app:edge-slim'],
  },
  {
    what: 'a called workflow that is given a secret for its registry',
    files: workflow(caller('with: { name: app }\nsecrets: { registry: "${{ secrets.R }}" }'), {
      '.github/workflows/image.yml': called(
        `jobs:\n  b:\n    runs-on: x\n    steps:\n    - uses: docker/build-push-action@v6\n      with: { push: true, tags: "\${{ secrets.registry }}/acme/app:1" }\n`,
      ),
    }),
    images: [],
    notices: ['secrets.registry'],
  },
  {
    what: 'a called workflow whose push is an input that is off',
    files: workflow(caller('with: { name: app, push: false }'), {
      '.github/workflows/image.yml': called(
        `jobs:\n  b:\n    runs-on: x\n    steps:\n    - uses: docker/build-push-action@v6\n      with: { push: "\${{ inputs.push }}", tags: "ghcr.io/acme/app:1" }\n`,
      ),
    }),
    images: [],
  },
  {
    what: 'an output of one called workflow as the input of the next',
    files: workflow(
      `on: ${onMain}\njobs:\n  version:\n    uses: ./.github/workflows/version.yml\n  call:\n    needs: version\n    uses: ./.github/workflows/image.yml\n    with: { name: app, tag: "\${{ needs.version.outputs.tag }}" }\n`,
      {
        '.github/workflows/version.yml': `on: { workflow_call: { outputs: { tag: { value: "\${{ jobs.v.outputs.tag }}" } } } }\njobs:\n  v:\n    runs-on: x\n    outputs: { tag: "\${{ steps.v.outputs.tag }}" }\n    steps:\n    - { id: v, run: 'echo "tag=$(date +%s)" >> $GITHUB_OUTPUT' }\n`,
        '.github/workflows/image.yml': called(
          `jobs:\n  b:\n    runs-on: x\n    steps:\n    - uses: docker/build-push-action@v6\n      with: { push: true, tags: "ghcr.io/acme/app:\${{ inputs.tag }}" }\n`,
        ),
      },
    ),
    images: [],
    notices: ['ghcr.io/acme/app:…'],
  },
  {
    what: 'a row that a matrix leaves out, and one that it adds',
    files: workflowOf(
      onMain,
      push('tags: ghcr.io/acme/app:${{ matrix.os }}-${{ matrix.v }}${{ matrix.more }}'),
      {},
      'strategy:\n  matrix:\n    os: [a, b]\n    v: [1]\n    exclude: [{ os: b }]\n    include: [{ os: a, more: -x }]\n',
    ),
    images: ['Dockerfile: ghcr.io/acme/app:a-1-x'],
  },
  {
    what: 'a matrix that a job before makes',
    files: workflow(
      `on: ${onMain}\njobs:\n  list:\n    runs-on: x\n    outputs: { m: "\${{ steps.l.outputs.m }}" }\n    steps: [{ id: l, run: 'echo "m=$(ls)" >> $GITHUB_OUTPUT' }]\n  build:\n    needs: list\n    runs-on: x\n    strategy: { matrix: { name: "\${{ fromJSON(needs.list.outputs.m) }}" } }\n    steps:\n${push('tags: ghcr.io/acme/${{ matrix.name }}:1').replace(/^/gm, '    ')}\n`,
    ),
    images: [],
    notices: ['ghcr.io/acme/'],
  },
  {
    what: 'a variable of the environment that a step of the job sets anew',
    files: workflowOf(
      onMain,
      `- run: echo "TAG=\${GITHUB_SHA::7}" >> $GITHUB_ENV\n${push('tags: ghcr.io/acme/app:${{ env.TAG }}')}`,
      {},
      'env: { TAG: stable }\n',
    ),
    images: [],
    notices: ['ghcr.io/acme/app:…'],
  },
  {
    what: 'a variable of the environment by way of two others',
    files: workflowOf(
      onMain,
      '- run: docker build --push -t "$IMAGE" .',
      {},
      'env:\n  HOST: ghcr.io\n  IMAGE: "${{ env.HOST }}/acme/app:1"\n',
    ),
    images: [],
    notices: ['env.HOST'],
  },
  {
    what: 'a heredoc that only writes a command',
    files: workflowOf(
      onMain,
      '- run: |\n    cat > push.sh <<EOF\n    docker build --push -t ghcr.io/acme/other:1 .\n    EOF\n    docker build --push -t ghcr.io/acme/app:1 .',
    ),
    images: ['Dockerfile: ghcr.io/acme/app:1'],
  },
  {
    what: 'a heredoc that a shell runs',
    files: workflowOf(onMain, '- run: |\n    bash <<EOF\n    docker build --push -t ghcr.io/acme/app:1 .\n    EOF'),
    images: [],
    notices: ['a script that is handed to a shell is not understood'],
  },
  ...[
    "echo 'docker push ghcr.io/acme/app:1' | sh",
    'cat <<EOF | sudo bash -e\n    docker push ghcr.io/acme/app:1\n    EOF',
    'ssh build <<-EOF\n    docker push ghcr.io/acme/app:1\n    EOF',
    'echo ghcr.io/acme/app:1 | xargs docker push',
  ].map((script) => ({
    what: `what a shell reads: ${script}`,
    files: workflowOf(onMain, `- run: |\n    ${script}`),
    images: [],
    notices: ['not understood'],
  })),
  {
    what: 'anchors that two jobs share, of which one changes the tag',
    files: workflow(
      `on: ${onMain}\njobs:\n  a: &job\n    runs-on: x\n    env: &env { TAG: one }\n    steps: &steps\n    - uses: docker/build-push-action@v6\n      with: { push: true, tags: "ghcr.io/acme/app:\${{ env.TAG }}" }\n  b:\n    runs-on: x\n    env: { TAG: two }\n    steps: *steps\n`,
    ),
    images: ['Dockerfile: ghcr.io/acme/app:one', 'Dockerfile: ghcr.io/acme/app:two'],
  },
  {
    what: 'a template of Azure with a parameter that its caller gives',
    files: azure('trigger: [main]\nsteps:\n- template: build/image.yml\n  parameters: { tag: "1.0" }\n', {
      'build/image.yml': `parameters:\n- { name: tag, type: string, default: wrong }\nsteps:\n${dockerTask('$' + '{{ parameters.tag }}')}\n`,
    }),
    images: [],
    notices: ['pushes acme/app through the service connection "acr", whose registry it does not name'],
  },
  {
    what: 'a template of Azure that loops over its parameter',
    files: azure(
      `trigger: [main]\nparameters:\n- { name: tags, type: object, default: [a, b] }\nsteps:\n- \${{ each tag in parameters.tags }}:\n${dockerTask('$' + '{{ tag }}', '  ')}\n`,
    ),
    images: [],
    notices: ['acme/app'],
  },
  {
    what: 'a branch of Azure that is not taken',
    files: azure(
      `trigger: [main]\nparameters:\n- { name: push, type: boolean, default: false }\nsteps:\n- \${{ if eq(parameters.push, true) }}:\n${dockerTask('never', '  ')}\n- script: docker build -t acme.azurecr.io/app:1 . && docker push acme.azurecr.io/app:1\n`,
    ),
    images: ['Dockerfile: acme.azurecr.io/app:1'],
  },
  {
    what: 'a variable of Azure that a script sets for the steps that follow',
    files: azure(
      `trigger: [main]\nvariables: { tag: stable }\nsteps:\n- script: echo "##vso[task.setvariable variable=tag]$(date +%s)"\n- script: docker build -t acme.azurecr.io/app:$(tag) . && docker push acme.azurecr.io/app:$(tag)\n`,
    ),
    images: [],
    notices: ['acme.azurecr.io/app'],
  },
  {
    what: 'a job of GitLab beside a workflow that pushes nothing',
    files: workflow(`on: ${onMain}\njobs:\n  test:\n    runs-on: x\n    steps: [{ run: make }]\n`, {
      '.gitlab-ci.yml':
        'variables: { TAG: "1" }\nimage:\n  script:\n  - docker build -t registry.example/acme/app:$TAG .\n  - docker push registry.example/acme/app:$TAG\n',
    }),
    images: [],
  },
  {
    what: 'a build of another checkout in the same job',
    files: workflowOf(
      onMain,
      `- uses: actions/checkout@v4\n  with: { repository: acme/other, path: other }\n${push('context: other\ntags: ghcr.io/acme/other:1')}\n${push('tags: ghcr.io/acme/app:1')}`,
    ),
    images: ['Dockerfile: ghcr.io/acme/app:1'],
  },
  {
    what: 'a step that goes on after a failure, under always()',
    files: workflowOf(
      onMain,
      `- run: make test\n${push('tags: ghcr.io/acme/app:broken').replace('  with', '  if: failure()\n  with')}\n${push('tags: ghcr.io/acme/app:1').replace('  with', '  if: always()\n  with')}`,
    ),
    images: ['Dockerfile: ghcr.io/acme/app:1'],
  },
];
