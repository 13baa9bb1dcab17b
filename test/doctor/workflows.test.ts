import { expect, test } from 'vitest';
import { said } from './support.ts';
import { examine, path, step, workflow } from './workflow.ts';

test('a workflow that is in order', async () => {
  const found = await examine(workflow());
  expect(said(found)).toEqual([]);
  expect(found.document.checks.filter(({ group }) => group === 'workflows').map(({ id }) => id)).toEqual([
    'workflow-permissions',
    'workflow-pin',
    'workflow-concurrency',
    'workflow-schedule',
  ]);
});

test.each<[string, Parameters<typeof workflow>[0], readonly string[]]>([
  ['no permissions', { permissions: '' }, ['workflow-permissions warning f:12']],
  ['every permission', { permissions: 'permissions: write-all' }, ['workflow-permissions warning f:12']],
  ['permissions to read', { permissions: 'permissions: read-all' }, ['workflow-permissions problem f:12']],
  [
    'no permission for packages',
    { permissions: 'permissions: { contents: read, security-events: write }' },
    ['workflow-permissions problem f:12'],
  ],
  ['no concurrency group', { concurrency: '' }, ['workflow-concurrency warning f:12']],
  ['no schedule', { on: '  push:' }, ['workflow-schedule warning f:12']],
  ['a caller', { on: '  workflow_call:' }, ['workflow-schedule note f:12']],
  [
    'pull_request_target',
    { on: '  schedule: [{ cron: "0 0 * * *" }]\n  pull_request_target:' },
    ['workflow-pull-request-target warning f:13'],
  ],
  [
    'pull_request_target with the head checked out',
    {
      on: '  schedule: [{ cron: "0 0 * * *" }]\n  pull_request_target:',
      before:
        '      - uses: actions/checkout@v5\n        with: { ref: "${{ github.event.pull_request.head.sha }}" }\n      - uses: docker/setup-buildx-action@v3',
    },
    ['workflow-pull-request-target problem f:14'],
  ],
  [
    'a tag',
    { step: step('          command: refresh\n          scanner-install: true', 'v0') },
    ['workflow-pin warning f:12'],
  ],
  [
    'an unknown input',
    { step: step('          command: refresh\n          scaner-install: true') },
    ['workflow-inputs problem f:15'],
  ],
  ['a wrong value', { step: step('          command: refersh') }, ['workflow-inputs problem f:14']],
  [
    'a wrong boolean',
    { step: step('          command: refresh\n          scanner-install: true\n          only-fixable: yes') },
    ['workflow-inputs problem f:16'],
  ],
  [
    'an expression for a value',
    {
      step: step(
        '          command: refresh\n          scanner-install: true\n          only-fixable: ${{ inputs.x }}',
      ),
    },
    [],
  ],
  [
    'an expression for the command',
    { step: step('          command: ${{ inputs.command }}') },
    ['workflow-permissions note f:12'],
  ],
  [
    'a secret as build argument',
    {
      step: step(
        '          command: refresh\n          scanner-install: true\n          build-arg: T=${{ secrets.T }}',
      ),
    },
    ['workflow-secrets problem f:16'],
  ],
  ['no checkout', { before: '      - uses: docker/setup-buildx-action@v3' }, ['workflow-checkout warning f:11']],
  ['no builder', { before: '      - uses: actions/checkout@v5' }, ['workflow-runner note f:11']],
  ['the scanner that is installed by default', { step: step('          command: refresh') }, []],
  [
    'no scanner',
    { step: step('          command: refresh\n          scanner-install: false') },
    ['workflow-runner warning f:12'],
  ],
  ['a scanner of its own', { step: `      - run: curl trivy\n${step('          command: refresh')}` }, []],
  [
    'check alone',
    {
      permissions: 'permissions: { contents: read, packages: read, security-events: write }',
      concurrency: '',
      step: step('          command: check'),
    },
    [],
  ],
  [
    'a deployment, which reads the registry and signs nothing, whatever it is given',
    {
      permissions: 'permissions: { contents: read, packages: read, security-events: write }',
      step: step('          command: deploy\n          sign: cosign'),
    },
    ['workflow-inputs problem f:15'],
  ],
  [
    'a deployment without its configuration',
    { before: '      - run: kubectl version', step: step('          command: deploy') },
    ['workflow-checkout warning f:11'],
  ],
  [
    'a rollback, which pushes and signs nothing',
    { step: step('          command: rollback\n          path: ghcr.io/acme/web:1\n          sign: cosign') },
    [],
  ],
  [
    'a rollback that may not push',
    {
      permissions: 'permissions: { contents: read, packages: read, security-events: write }',
      step: step('          command: rollback\n          path: ghcr.io/acme/web:1'),
    },
    ['workflow-permissions problem f:12'],
  ],
  [
    'a report, which asks no registry',
    {
      permissions: 'permissions: { contents: read, security-events: write }',
      step: step('          command: report\n          path: report.json'),
    },
    [],
  ],
  [
    'a key',
    {
      before:
        '      - uses: actions/checkout@v5\n      - uses: docker/setup-buildx-action@v3\n      - uses: sigstore/cosign-installer@v4',
      permissions: 'permissions: { contents: read, packages: write, security-events: write }',
      step: step(
        '          command: refresh\n          scanner-install: true\n          sign: cosign\n          sign-key: cosign.key',
      ),
    },
    [],
  ],
  [
    'no key',
    { step: step('          command: refresh\n          scanner-install: true\n          sign: cosign') },
    ['workflow-permissions problem f:12', 'workflow-signer warning f:12'],
  ],
  [
    'issues and comments without the permissions for them',
    { step: step('          command: refresh\n          issues: true\n          comment: true') },
    ['workflow-permissions problem f:12'],
  ],
  [
    'issues and comments with the permissions for them',
    {
      permissions:
        'permissions: { contents: read, packages: write, security-events: write, issues: write, pull-requests: write }',
      step: step('          command: refresh\n          issues: true\n          comment: true'),
    },
    [],
  ],
  [
    'proposed updates',
    { step: step('          command: update\n          pull-request: true') },
    ['workflow-permissions problem f:12', 'workflow-access-token warning f:12'],
  ],
  [
    'a password of its own',
    {
      permissions: 'permissions: { contents: read, security-events: write }',
      step: step(
        '          command: refresh\n          scanner-install: true\n          registry-password: ${{ secrets.P }}',
      ),
    },
    [],
  ],
])('a workflow with %s', async (_, parts, wanted) => {
  expect(said(await examine(workflow(parts)))).toEqual(wanted);
});

test('permissions and inputs are told in words', async () => {
  const { of } = await examine(workflow({ permissions: 'permissions: { contents: read }' }));
  expect(of('workflow-permissions')).toMatchObject([
    {
      subject: `${path}:12`,
      detail:
        'the token lacks packages: write and security-events: write (images are on ghcr.io and SARIF is uploaded)',
      remedy: 'add it to permissions',
    },
  ]);
  const wrong = await examine(workflow({ step: step('          severity-treshold: high') }));
  expect(wrong.of('workflow-inputs')).toMatchObject([
    { detail: 'severity-treshold is not an input', remedy: 'the nearest valid input is severity-threshold' },
  ]);
  expect(wrong.conclusion).toBe('usage-error');
});

test('an image that only the workflow names counts, and where nothing names one it is not known', async () => {
  const inputs = { image: '' };
  const named = step('          command: check\n          image: ghcr.io/acme/web:1');
  const permissions = 'permissions: { contents: read, security-events: write }';
  const found = await examine(workflow({ permissions, step: named }), inputs);
  expect(found.of('workflow-permissions')).toMatchObject([
    { state: 'problem', detail: expect.stringContaining('packages: read') },
  ]);
  const nameless = await examine(workflow({ permissions, step: step('          command: check') }), inputs);
  expect(nameless.of('workflow-permissions')).toMatchObject([
    { state: 'note', detail: expect.stringContaining('whether the token needs packages is not known') },
  ]);
});

test('a script with a secret among its arguments', async () => {
  const script = '      - run: npx base-image-refresh check --image x --registry-username ${{ secrets.USER }}';
  const { of } = await examine(workflow({ step: script }));
  expect(of('workflow-secrets')).toMatchObject([
    { state: 'problem', subject: `${path}:12`, remedy: 'pass it through env' },
  ]);
});

test('history is asked for only where a digest is pinned', async () => {
  const pinned = { Dockerfile: `FROM debian:12@sha256:${'0'.repeat(64)}\n` };
  expect(said(await examine(workflow(), {}, pinned))).toEqual(['workflow-checkout note f:12']);
  const before =
    '      - uses: actions/checkout@v5\n        with: { fetch-depth: 0 }\n      - uses: docker/setup-buildx-action@v3';
  expect(said(await examine(workflow({ before }), {}, pinned))).toEqual([]);
  const deploys = step('          command: deploy');
  expect(said(await examine(workflow({ step: deploys }), {}, pinned))).toEqual([]);
});

test('what is true of a file is told of the job that it is worst for', async () => {
  const on = '  schedule: [{ cron: "0 0 * * *" }]\n  pull_request_target:';
  const second = (steps: string) => `${workflow({ on })}  second:\n    runs-on: ubuntu-latest\n    steps:\n${steps}`;
  const checks = step('          command: check');
  const head =
    '      - uses: actions/checkout@v5\n        with: { ref: "${{ github.event.pull_request.head.sha }}" }\n';
  expect(said(await examine(second(head + checks)))).toEqual(['workflow-pull-request-target problem f:21']);
  expect(said(await examine(second(checks)))).toEqual([
    'workflow-pull-request-target warning f:13',
    'workflow-checkout warning f:19',
  ]);
});
