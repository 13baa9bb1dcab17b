import { describe, expect, test } from 'vitest';
import { createWorld } from '../../core/world.ts';
import { doctor, said } from './support.ts';
import { examine, step, workflow } from './workflow.ts';

const quay = { image: 'quay.io/acme/web:1' };
const refresh = step('          command: refresh');
const login = '      - uses: docker/login-action@v3\n';
const usual = '      - uses: actions/checkout@v5\n      - uses: docker/setup-buildx-action@v3\n';
const packages = (...more: readonly string[]) =>
  `permissions: { contents: read, packages: write, security-events: write${more.map((one) => `, ${one}`).join('')} }`;

/** What is found of an Azure pipeline with these steps. */
async function pipeline(steps: string, head = 'schedules: []\npool: { vmImage: ubuntu-latest }\n') {
  const files = {
    Dockerfile: 'FROM debian:12\n',
    'azure-pipelines.yml': `${head}steps:\n  - script: docker buildx create --use\n${steps}`,
  };
  return said(await doctor(files, { inputs: { offline: 'true', ...quay } }));
}
const task = (inputs: string) => `  - task: BaseImageRefresh@0\n    name: bir\n    inputs: { ${inputs} }\n`;

describe('writing in runs of pull requests', () => {
  const on = '  schedule: [{ cron: "0 4 * * *" }]\n  pull_request:';
  const allowed = step('          command: refresh\n          allow-pull-request: true');

  test.each<[string, Parameters<typeof workflow>[0], readonly string[]]>([
    ['a dry run', { on, step: refresh }, ['workflow-pull-requests note f:13']],
    [
      'a dry run of a script',
      { on, step: '      - run: npx base-image-refresh refresh' },
      ['workflow-pull-requests note f:13'],
    ],
    ['a run that may write', { on, step: allowed }, ['workflow-pull-requests warning f:13']],
    ['a command that writes nothing', { on, step: step('          command: check') }, []],
    [
      'a step that leaves them out',
      { on, step: refresh.replace('with:', "if: github.event_name != 'pull_request'\n        with:") },
      [],
    ],
  ])('on GitHub: %s', async (_, parts, wanted) => {
    expect(said(await examine(workflow(parts)))).toEqual(wanted);
  });

  test.each([
    ['pr: [main]', 'command: refresh, registryConnection: r', ['workflow-pull-requests note azure-pipelines.yml:6']],
    [
      'pr: [main]',
      'command: refresh, registryConnection: r, allowPullRequest: true',
      ['workflow-pull-requests warning azure-pipelines.yml:6'],
    ],
    ['pr: none', 'command: refresh, registryConnection: r', []],
  ])('on Azure: %s, %s', async (pr, inputs, wanted) => {
    expect(await pipeline(task(inputs), `${pr}\nschedules: []\npool: { vmImage: ubuntu-latest }\n`)).toEqual(wanted);
  });
});

describe('the login to a registry', () => {
  test.each<[string, Parameters<typeof workflow>[0], readonly string[]]>([
    ['none', { step: refresh }, ['workflow-login warning f:12']],
    ['before the step', { before: usual + login.trimEnd(), step: refresh }, []],
    ['after the step', { step: `${refresh}\n${login.trimEnd()}` }, ['workflow-login warning f:12']],
    [
      'of the step itself',
      {
        step: step(
          '          command: refresh\n          registry: quay.io\n          registry-username: u\n          registry-password: ${{ secrets.P }}',
        ),
      },
      [],
    ],
    [
      'of a command in a script',
      { before: `${usual}      - run: echo "$P" | docker login -u u --password-stdin quay.io`, step: refresh },
      [],
    ],
    ['that no check needs', { step: step('          command: check') }, []],
  ])('on GitHub: %s', async (_, parts, wanted) => {
    expect(said(await examine(workflow(parts), quay))).toEqual(wanted);
  });

  test('ghcr.io is opened by the token of the job, on GitHub alone', async () => {
    expect(said(await examine(workflow({ step: refresh })))).toEqual([]);
  });

  test.each([
    ['none', task('command: refresh'), ['workflow-login warning azure-pipelines.yml:5']],
    ['of a service connection', task('command: refresh, registryConnection: r'), []],
    ['before the task', `  - task: Docker@2\n    inputs: { command: login }\n${task('command: refresh')}`, []],
    [
      'after the task',
      `${task('command: refresh')}  - task: Docker@2\n    inputs: { command: login }\n`,
      ['workflow-login warning azure-pipelines.yml:5'],
    ],
    [
      'of the Azure CLI',
      `  - task: AzureCLI@2\n    inputs: { inlineScript: az acr login -n acme }\n${task('command: refresh')}`,
      [],
    ],
  ])('on Azure: %s', async (_, steps, wanted) => {
    expect(await pipeline(steps)).toEqual(wanted);
  });
});

describe('the program that signs', () => {
  const sign = step('          command: refresh\n          sign: cosign\n          sign-key: cosign.key');
  const installer = '      - uses: sigstore/cosign-installer@v4';

  test('on GitHub', async () => {
    expect(said(await examine(workflow({ step: sign })))).toEqual(['workflow-signer warning f:12']);
    expect(said(await examine(workflow({ before: usual + installer, step: sign })))).toEqual([]);
  });

  test('on Azure', async () => {
    const signing = task('command: refresh, registryConnection: r, sign: notation, signKey: k');
    expect(await pipeline(signing)).toEqual(['workflow-signer warning azure-pipelines.yml:5']);
    expect(await pipeline(`  - script: ./install-notation\n${signing}`)).toEqual([]);
  });
});

describe('outputs', () => {
  const plan = (condition: string, read = 'steps.plan.outputs.matrix') => `on: { schedule: [{ cron: "0 4 * * *" }] }
${packages()}
concurrency: { group: refresh }
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs: { legs: "\${{ ${read} }}" }
    steps:
      - uses: actions/checkout@v5
      - uses: base-image-refresh/base-image-refresh@${'a'.repeat(40)}
        id: plan
        with: { command: plan }
  refresh:
    needs: plan
${condition}    runs-on: ubuntu-latest
    strategy:
      matrix: \${{ fromJSON(needs.plan.outputs.legs) }}
    steps: []
`;

  test('of a matrix that may be empty, on GitHub', async () => {
    const guard = "    if: needs.plan.outputs.has-work == 'true'\n";
    expect(said(await examine(plan(guard)))).toEqual([]);
    expect(said(await examine(plan('')))).toEqual(['workflow-matrix warning f:17']);
  });

  test('that there are not, on GitHub, with the nearest', async () => {
    const found = await examine(plan('', 'steps.plan.outputs.matrx'));
    expect(said(found)).toEqual(['workflow-outputs problem f:7']);
    expect(found.of('workflow-outputs')).toMatchObject([
      { detail: 'matrx is not an output of the step plan', remedy: 'the nearest output is matrix' },
    ]);
  });

  const azure = (read: string, condition = '') => `schedules: []
jobs:
  - job: plan
    steps:
      - task: BaseImageRefresh@0
        name: bir
        inputs: { command: plan }
  - job: refresh
    dependsOn: plan
${condition}    strategy:
      matrix: $[ dependencies.plan.outputs['${read}'] ]
    steps: []
`;
  const examineAzure = async (text: string) =>
    said(
      await doctor(
        { Dockerfile: 'FROM debian:12\n', 'azure-pipelines.yml': text },
        { inputs: { offline: 'true', ...quay } },
      ),
    );

  test('of a matrix that may be empty, and that there are not, on Azure', async () => {
    const guard = "    condition: eq(dependencies.plan.outputs['bir.hasWork'], 'true')\n";
    expect(await examineAzure(azure('bir.matrix', guard))).toEqual([]);
    expect(await examineAzure(azure('bir.matrix'))).toEqual(['workflow-matrix warning azure-pipelines.yml:11']);
    expect(await examineAzure(azure('bir.matrixes'))).toEqual(['workflow-outputs problem azure-pipelines.yml:11']);
  });
});

test('a schedule that GitHub is about to disable', async () => {
  const at = (days: number) => {
    const real = createWorld();
    return {
      ...real,
      exec: async (command: Parameters<typeof real.exec>[0]) =>
        command.args.includes('--format=%ct')
          ? {
              kind: 'exited' as const,
              code: 0,
              stdout: `${Math.floor(Date.now() / 1000) - days * 86_400}\n`,
              stderr: '',
            }
          : real.exec(command),
    };
  };
  const schedule = async (days: number) => {
    const files = { Dockerfile: 'FROM debian:12\n', '.github/workflows/refresh.yml': workflow() };
    const { exec } = at(days);
    const found = await doctor(files, { inputs: { offline: 'true', image: 'ghcr.io/acme/web:1' }, world: { exec } });
    return found.of('workflow-schedule').map(({ state }) => state);
  };
  expect(await schedule(44)).toEqual(['ok']);
  expect(await schedule(45)).toEqual(['warning']);
});

test('a pull request of updates without a token', async () => {
  const parts = { permissions: packages('pull-requests: write').replace('contents: read', 'contents: write') };
  const asked = step('          command: update\n          pull-request: true');
  expect(said(await examine(workflow({ ...parts, step: asked })))).toEqual(['workflow-access-token warning f:12']);
  const given = `${asked}\n          repository-token: \${{ github.token }}`;
  expect(said(await examine(workflow({ ...parts, step: given })))).toEqual([]);
});

describe('what other files do for a workflow', () => {
  const sha = 'a'.repeat(40);
  const call = (reference: string, permissions: string) => `on: { schedule: [{ cron: "0 4 * * *" }] }
${permissions}
concurrency: { group: refresh }
jobs:
  refresh:
    uses: base-image-refresh/base-image-refresh/.github/workflows/refresh.yml@${reference}
    with: { image: "ghcr.io/acme/web:1" }
`;

  test('the call of the reusable workflow is examined as a job', async () => {
    expect(said(await examine(call(sha, packages())))).toEqual([]);
    expect(said(await examine(call('v0', packages())))).toEqual(['workflow-pin warning f:6']);
    expect(said(await examine(call(sha, 'permissions: { contents: read }')))).toEqual([
      'workflow-permissions problem f:6',
    ]);
  });

  test('a composite action is examined for what stands in it, and for nothing of its callers', async () => {
    const action = (inputs: string, reference = sha) => `name: refresh
runs:
  using: composite
  steps:
    - uses: base-image-refresh/base-image-refresh@${reference}
      with: { ${inputs} }
`;
    const path = '.github/actions/refresh/action.yml';
    const found = async (text: string) =>
      (
        await doctor({ Dockerfile: 'FROM debian:12\n', [path]: text }, { inputs: { offline: 'true', ...quay } })
      ).document.checks
        .filter(({ group }) => group === 'workflows')
        .map(({ id, state, subject }) => `${id} ${state} ${subject}`);
    expect(await found(action('command: refresh'))).toEqual([`workflow-pin ok ${path}:5`]);
    expect(await found(action('command: refresh', 'v0'))).toEqual([`workflow-pin warning ${path}:5`]);
    expect(await found(action('command: refresh, shards: 3'))).toEqual([
      `workflow-pin ok ${path}:5`,
      `workflow-inputs problem ${path}:6`,
    ]);
    const handsOn = (output: string) =>
      `outputs: { legs: { value: "\${{ steps.bir.outputs.${output} }}" } }\n${action('command: plan').replace('      with:', '      id: bir\n      with:')}`;
    expect(await found(handsOn('matrix'))).toEqual([`workflow-pin ok ${path}:6`]);
    expect(await found(handsOn('matrx'))).toEqual([`workflow-outputs problem ${path}:1`, `workflow-pin ok ${path}:6`]);
  });
});
