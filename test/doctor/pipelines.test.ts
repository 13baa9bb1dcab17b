import { expect, test } from 'vitest';
import { doctor, said } from './support.ts';

const offline = { offline: 'true' };

test('a hosted machine of Azure without a scanner and a builder', async () => {
  const pipeline = `schedules: []
pool: { vmImage: ubuntu-latest }
steps:
  - task: BaseImageRefresh@0
    inputs: { command: refresh, scannerInstall: false }
`;
  const saidOf = async (text: string) =>
    said(await doctor({ Dockerfile: 'FROM debian:12\n', 'azure-pipelines.yml': text }, { inputs: offline }));
  expect(await saidOf(pipeline)).toEqual([
    'workflow-runner note azure-pipelines.yml:4',
    'workflow-runner warning azure-pipelines.yml:4',
  ]);
  expect(await saidOf(pipeline.replace(', scannerInstall: false', ''))).toEqual([
    'workflow-runner note azure-pipelines.yml:4',
  ]);
});

test('an Azure pipeline, also where its steps stand below a condition', async () => {
  const pipeline = `trigger: none
steps:
  - checkout: self
  - \${{ if eq(variables.x, 'y') }}:
      - task: BaseImageRefresh@0
        inputs:
          command: refresh
          severityTreshold: high
          azureServiceConnection: my connection
  - task: BaseImageRefresh@0
    inputs: { command: update, pullRequest: true }
  - script: base-image-refresh check --registry-username $(registryPassword)
`;
  const dockerfile = { Dockerfile: `FROM debian:12@sha256:${'0'.repeat(64)}\n` };
  const { document } = await doctor({ ...dockerfile, 'ci/any.yml': pipeline }, { inputs: offline });
  const told = document.checks.filter(({ group }) => group === 'workflows');
  expect(told.map(({ id, state, subject }) => `${id} ${state} ${subject}`)).toEqual([
    'workflow-schedule note ci/any.yml:5',
    'workflow-checkout note ci/any.yml:5',
    'workflow-inputs problem ci/any.yml:8',
    'workflow-access-token warning ci/any.yml:10',
    'workflow-secrets warning ci/any.yml:12',
  ]);
  expect(told.find(({ id }) => id === 'workflow-inputs')?.remedy).toBe('the nearest valid input is severityThreshold');
});

test('an Azure pipeline that is in order', async () => {
  const pipeline = `schedules: [{ cron: "0 4 * * *", batch: true }]
steps:
  - task: BaseImageRefresh@0
    inputs: { command: refresh, azureServiceConnection: my connection }
`;
  const { document } = await doctor(
    { Dockerfile: 'FROM debian:12\n', 'azure-pipelines.yml': pipeline },
    { inputs: offline },
  );
  expect(document.checks.filter(({ group, state }) => group === 'workflows' && state !== 'ok')).toEqual([]);
});

test.each<[string, string, string]>([
  ['without batch', 'schedules: [{ cron: "0 4 * * *" }]', 'warning azure-pipelines.yml:4'],
  ['with batch', 'schedules: [{ cron: "0 4 * * *", batch: true }]', 'ok azure-pipelines.yml:4'],
  [
    'with batch on one of two',
    'schedules: [{ cron: "0 4 * * *", batch: true }, { cron: "0 5 * * *" }]',
    'warning azure-pipelines.yml:4',
  ],
  ['and a lock', 'schedules: [{ cron: "0 4 * * *" }]\nlockBehavior: sequential', 'ok azure-pipelines.yml:5'],
  ['of the settings of the pipeline', 'trigger: none', ''],
])('schedules %s: whether runs overlap', async (_, head, wanted) => {
  const step = '- task: BaseImageRefresh@0\n  inputs: { command: refresh, registryConnection: my connection }\n';
  const pipeline = `${head}\nsteps:\n- script: docker buildx create --use\n${step}`;
  const found = await doctor({ Dockerfile: 'FROM debian:12\n', 'azure-pipelines.yml': pipeline }, { inputs: offline });
  expect(found.of('workflow-concurrency').map(({ state, subject }) => `${state} ${subject}`)).toEqual(
    wanted === '' ? [] : [wanted],
  );
});

test('a pipeline that only reads may overlap', async () => {
  const pipeline =
    'schedules: [{ cron: "0 4 * * *" }]\nsteps:\n- task: BaseImageRefresh@0\n  inputs: { command: check }\n';
  const found = await doctor({ Dockerfile: 'FROM debian:12\n', 'azure-pipelines.yml': pipeline }, { inputs: offline });
  expect(found.of('workflow-concurrency')).toEqual([]);
});
