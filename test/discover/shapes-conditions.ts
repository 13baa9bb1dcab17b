import { type Shape, workflowOf, workflowPath } from './shapes.ts';

const onMain = '{ push: { branches: [main] } }';
const onAll = "{ push: { branches: [main], tags: ['v*'] }, pull_request: {} }";
const dockerfile = 'FROM debian:12\n';

function image(...tags: readonly string[]): string {
  return `Dockerfile: ${tags.map((tag) => `ghcr.io/acme/app:${tag}`).join(' ')}`;
}

function push(tags: string, more = '', condition = ''): string {
  const written = condition === '' ? '' : `  if: ${condition}\n`;
  return `- uses: docker/build-push-action@v6\n${written}  with: { context: ., push: true, tags: "${tags}"${more} }\n`;
}

const onTag = push('ghcr.io/acme/app:${{ env.TAG }}');
const vars = 'only if vars.X';

function steps(text: string, indent = '  '): string {
  return `steps:\n${text.trim()}`.replace(/^/gm, indent);
}

/** Jobs of one workflow, written at the indentation of their names. */
function jobsOf(on: string, jobs: string, more: Readonly<Record<string, string>> = {}) {
  return { [workflowPath]: `on: ${on}\njobs:\n${jobs.trim().replace(/^/gm, '  ')}\n`, Dockerfile: dockerfile, ...more };
}

function unknown(what: string, files: Shape['files'], ...notices: readonly string[]): Shape {
  return { what: `under a condition: ${what}`, files, images: [], notices };
}

function known(what: string, files: Shape['files'], ...images: readonly string[]): Shape {
  return { what: `under a condition: ${what}`, files, images };
}

/** What happens under a condition: known where the runs that publish decide it, else unknown. */
export const conditionShapes: readonly Shape[] = [
  unknown(
    'a variable of the environment',
    workflowOf(onMain, `- if: vars.X == 'true'\n  run: echo "TAG=b" >> $GITHUB_ENV\n${onTag}`, {}, 'env: { TAG: a }\n'),
    "under names that are not known: ghcr.io/acme/app:… (TAG, which a step sets only if vars.X == 'true', which only a run knows)",
  ),
  unknown(
    'an output',
    workflowOf(
      onMain,
      `- id: v\n  if: vars.X == 'true'\n  run: echo "tag=b" >> $GITHUB_OUTPUT\n${push('ghcr.io/acme/app:${{ steps.v.outputs.tag }}')}`,
    ),
    'tag, which a step sets only if vars.X',
  ),
  unknown(
    'a step that pushes',
    workflowOf(onMain, push('ghcr.io/acme/app:1', '', "vars.X == 'true'")),
    "ci.yml:8: docker/build-push-action in jobs.build publishes the image of Dockerfile under names that are not known: ghcr.io/acme/app:1 (only if vars.X == 'true', which only a run knows)",
  ),
  {
    what: 'under a condition: a further tag by docker tag',
    files: workflowOf(
      onMain,
      '- run: docker build -t ghcr.io/acme/app:1 . && docker push ghcr.io/acme/app:1\n' +
        '- if: vars.X\n  run: docker tag ghcr.io/acme/app:1 ghcr.io/acme/app:2 && docker push ghcr.io/acme/app:2',
    ),
    images: [image('1')],
    notices: ['under further names that are not known: ghcr.io/acme/app:2 (only if vars.X, which only a run knows)'],
  },
  unknown('a job', workflowOf(onMain, push('ghcr.io/acme/app:1'), {}, 'if: vars.X\n'), vars),
  unknown(
    'a job that needs one under a condition',
    jobsOf(onMain, `a:\n  if: vars.X\n  steps:\n  - run: make\nb:\n  needs: a\n${steps(push('ghcr.io/acme/app:1'))}`),
    vars,
  ),
  known(
    'a job that runs whatever becomes of those that it needs',
    jobsOf(
      onMain,
      `a:\n  if: vars.X\n  steps:\n  - run: make\nb:\n  if: always()\n  needs: a\n${steps(push('ghcr.io/acme/app:1'))}`,
    ),
    image('1'),
  ),
  unknown(
    'an output of a job',
    jobsOf(
      onMain,
      `a:\n  if: vars.X\n  outputs: { tag: b }\n  steps:\n  - run: make\nb:\n  if: always()\n  needs: a\n${steps(push('ghcr.io/acme/app:${{ needs.a.outputs.tag }}'))}`,
    ),
    'tag, which the job a sets only if vars.X',
  ),
  known(
    'a job that needs one that is skipped',
    jobsOf(
      onMain,
      `a:\n  if: github.event_name == 'pull_request'\n  steps:\n  - run: make\nb:\n  needs: [a]\n${steps(push('ghcr.io/acme/app:1'))}`,
    ),
  ),
  known(
    'an output of a step that is skipped is empty',
    workflowOf(
      onMain,
      `- id: v\n  if: github.ref_type == 'tag'\n  run: echo "tag=b" >> $GITHUB_OUTPUT\n${push("ghcr.io/acme/app:${{ steps.v.outputs.tag || 'edge' }}")}`,
    ),
    image('edge'),
  ),
  known(
    'the result of a step',
    workflowOf(
      onMain,
      `- id: t\n  run: make test\n${push('ghcr.io/acme/app:1', '', "steps.t.outcome == 'success' && !cancelled()")}`,
    ),
    image('1'),
  ),
  unknown(
    'the result of a step that may fail',
    workflowOf(
      onMain,
      `- id: t\n  continue-on-error: true\n  run: make test\n${push('ghcr.io/acme/app:1', '', "steps.t.outcome == 'success'")}`,
    ),
    "only if steps.t.outcome == 'success'",
  ),
  known(
    'decided by the event, whatever else it says',
    workflowOf(
      onAll,
      push(
        'ghcr.io/acme/app:1',
        '',
        "github.event_name != 'pull_request' || vars.X || github.event.pull_request.merged",
      ),
    ),
    image('1'),
  ),
  known(
    'of pull requests',
    workflowOf(onAll, push('ghcr.io/acme/app:1', '', 'github.event.pull_request.merged == true')),
  ),
  known(
    'of people, not of robots',
    workflowOf(onMain, push('ghcr.io/acme/app:1', '', "github.actor != 'dependabot[bot]'")),
    image('1'),
  ),
  unknown(
    'of one person',
    workflowOf(onMain, push('ghcr.io/acme/app:1', '', "github.actor == 'octocat'")),
    "only if github.actor == 'octocat'",
  ),
  known(
    'of a release whose tag is not known',
    workflowOf(
      "{ push: { tags: ['release-*'] } }",
      push('ghcr.io/acme/app:1', '', "startsWith(github.ref, 'refs/tags/') && github.ref != 'refs/heads/main'"),
    ),
    image('1'),
  ),
  unknown(
    'a switch of the action',
    workflowOf(onMain, push('ghcr.io/acme/app:1').replace('push: true', 'push: "${{ vars.X }}"')),
    'ghcr.io/acme/app:1 (whether it is pushed depends: vars.X, which only a run knows)',
  ),
  unknown(
    'a switch that may be another value than true',
    workflowOf(onMain, push('ghcr.io/acme/app:1').replace('push: true', 'push: "${{ vars.X || true }}"')),
    'whether it is pushed depends: vars.X',
  ),
  unknown(
    'a switch of an output',
    workflowOf(onMain, push('ghcr.io/acme/app:1').replace('push: true', 'outputs: "type=image,push=${{ vars.X }}"')),
    'whether it is pushed depends: vars.X',
  ),
  known('a switch in capitals', workflowOf(onMain, push('ghcr.io/acme/app:1').replace('push: true', 'push: "False"'))),
  unknown(
    'a step within a composite action',
    workflowOf(onMain, '- uses: ./image\n  with: { tag: a }', {
      'image/action.yml': `inputs: { tag: {} }\nruns:\n  using: composite\n  steps:\n  - if: env.DEPLOY == 'yes'\n    uses: docker/build-push-action@v6\n    with: { push: true, tags: "ghcr.io/acme/app:\${{ inputs.tag }}" }\n`,
    }),
    "ghcr.io/acme/app:a (only if env.DEPLOY == 'yes'",
  ),
  unknown(
    'a composite action, and what it sets',
    workflowOf(
      onMain,
      `- id: v\n  if: vars.X\n  uses: ./image\n${push('ghcr.io/acme/app:${{ steps.v.outputs.tag }}')}${push('ghcr.io/acme/app:${{ env.TAG }}')}`,
      {
        'image/action.yml':
          'outputs: { tag: { value: a } }\nruns:\n  using: composite\n  steps:\n  - run: echo TAG=a >> $GITHUB_ENV\n',
      },
      'env: { TAG: b }\n',
    ),
    'tag, which a step sets only if vars.X',
    'TAG, which a step sets only if vars.X',
  ),
  unknown(
    'a reusable workflow',
    jobsOf(onMain, 'a:\n  if: vars.X\n  uses: ./.github/workflows/image.yml', {
      '.github/workflows/image.yml': `on: workflow_call\njobs:\n  b:\n${steps(push('ghcr.io/acme/app:1'), '    ')}\n`,
    }),
    'only if vars.X',
  ),
  known(
    'a switch of a reusable workflow that is off',
    jobsOf(onMain, 'a:\n  uses: ./.github/workflows/image.yml\n  with: { push: false }', {
      '.github/workflows/image.yml': `on: { workflow_call: { inputs: { push: { type: boolean } } } }\njobs:\n  b:\n    if: inputs.push\n${steps(push('ghcr.io/acme/app:1'), '    ')}\n`,
    }),
  ),
  unknown(
    "docker's own reusable workflow",
    jobsOf(
      onMain,
      "a:\n  if: vars.X\n  uses: docker/github-builder/.github/workflows/build.yml@v1\n  with: { output: image, push: true, meta-images: ghcr.io/acme/app, meta-tags: 'type=raw,value=1' }",
    ),
    'only if vars.X',
  ),
  unknown(
    'a checkout of what a variable names',
    workflowOf(
      onMain,
      `- uses: actions/checkout@v4\n  with: { repository: "\${{ vars.X }}" }\n${push('ghcr.io/acme/app:1')}`,
    ),
    'what is checked out is not known: vars.X',
  ),
  unknown(
    'a build of another Dockerfile under the name that is pushed',
    workflowOf(
      onMain,
      '- run: docker build -t ghcr.io/acme/app:1 .\n- if: vars.X\n  run: docker build -t ghcr.io/acme/app:1 -f b.file .\n- run: docker push ghcr.io/acme/app:1',
      { 'b.file': dockerfile },
    ),
    'whether it is built anew depends: only if vars.X',
  ),
  {
    what: 'two rows of a matrix under one tag',
    files: workflowOf(
      onMain,
      push('ghcr.io/acme/app:1', ', build-args: "V=${{ matrix.v }}"'),
      {},
      'strategy: { matrix: { v: [1, 2] } }\n',
    ),
    images: [],
    notices: [1, 2].map(
      () =>
        'ghcr.io/acme/app:1 (another build (.github/workflows/ci.yml:8) is published under it too, and which one is the last is not known)',
    ),
  },
  {
    what: 'two steps under one tag, and one of its own',
    files: workflowOf(
      onMain,
      `${push('ghcr.io/acme/app:1,ghcr.io/acme/app:2')}${push('ghcr.io/acme/app:1', ', file: b.file')}`,
      { 'b.file': dockerfile },
    ),
    images: [image('2')],
    notices: [
      'under further names that are not known: ghcr.io/acme/app:1',
      'another build (.github/workflows/ci.yml:7)',
    ],
  },
  {
    what: 'what no name is known of, whatever Compose calls it',
    files: workflowOf(onMain, push('${{ vars.IMAGE }}:1'), {
      'compose.yaml': 'services: { app: { build: ., image: app:dev } }\n',
    }),
    images: [],
    notices: ['vars.IMAGE, which only a run knows'],
  },
];

const dockers = 'a:\n  uses: docker/github-builder/.github/workflows/build.yml@v1\n  with:\n';

/** Workflows that others call, here or elsewhere. */
export const calledShapes: readonly Shape[] = [
  {
    what: 'a call that no workflow of the checkout makes',
    files: {
      [workflowPath]: `on: { workflow_call: { inputs: { tag: { type: string, default: latest } } } }\njobs:\n  build:\n${steps(push('ghcr.io/acme/app:${{ inputs.tag }}'), '    ')}\n`,
      Dockerfile: dockerfile,
    },
    images: [],
    notices: ['ghcr.io/acme/app:… (inputs.tag, which only a run knows; no workflow of this checkout calls it)'],
  },
  {
    what: 'a name that is written out, in a call that nothing makes',
    files: {
      [workflowPath]: `on: workflow_call\njobs:\n  build:\n${steps(push('ghcr.io/acme/app:1'), '    ')}\n`,
      Dockerfile: dockerfile,
    },
    images: [],
    notices: ['ghcr.io/acme/app:1 (no workflow of this checkout calls it)'],
  },
  {
    what: 'a workflow that is called at another commit',
    files: jobsOf(onMain, 'a:\n  uses: acme/app/.github/workflows/image.yml@v1', {
      '.github/workflows/image.yml': `on: workflow_call\njobs:\n  b:\n${steps(push('ghcr.io/acme/app:1'), '    ')}\n`,
    }),
    images: [],
    notices: [
      'it calls acme/app/.github/workflows/image.yml@v1, which is not in this checkout',
      'ghcr.io/acme/app:1 (no workflow of this checkout calls it)',
    ],
  },
  {
    what: "docker's own workflow, whose output a variable names",
    files: jobsOf(
      onMain,
      `${dockers}    output: \${{ vars.X }}\n    push: true\n    meta-images: ghcr.io/acme/app\n    meta-tags: type=raw,value=1`,
    ),
    images: [],
    notices: ['ghcr.io/acme/app:1 (whether it makes an image depends: vars.X'],
  },
  {
    what: "docker's own workflow, which does not push",
    files: jobsOf(onMain, `${dockers}    output: image\n    meta-images: ghcr.io/acme/app`),
    images: [],
  },
];
