import { describe, expect, test } from 'vitest';
import { type Configs, mergeConfigs } from '../../../core/rebuild/rebase/merge-config.ts';

const cases: readonly (readonly [string, Configs, object, readonly string[]])[] = [
  [
    'what the app left alone follows the base',
    { before: { User: 'a' }, after: { User: 'b' }, app: { User: 'a' } },
    { User: 'b' },
    [],
  ],
  ['what the base newly sets comes', { before: {}, after: { User: 'b' }, app: {} }, { User: 'b' }, []],
  ['what the base no longer sets goes', { before: { User: 'a' }, after: {}, app: { User: 'a' } }, {}, []],
  ['what the app set stays', { before: { User: 'a' }, after: { User: 'a' }, app: { User: 'me' } }, { User: 'me' }, []],
  [
    'what both set is a conflict',
    { before: { WorkingDir: '/' }, after: { WorkingDir: '/srv' }, app: { WorkingDir: '/app' } },
    { WorkingDir: '/app' },
    ['WorkingDir'],
  ],
  ['what both set alike is none', { before: {}, after: { User: 'me' }, app: { User: 'me' } }, { User: 'me' }, []],
  [
    'nothing in its many spellings is nothing',
    { before: { Cmd: null, User: '' }, after: { Cmd: ['sh'] }, app: { Cmd: [] } },
    { Cmd: ['sh'] },
    [],
  ],
  [
    'variables are merged one by one',
    {
      before: { Env: ['PATH=/bin', 'LANG=C', 'OLD=1'] },
      after: { Env: ['PATH=/usr/bin:/bin', 'LANG=C.UTF-8', 'NEW=1'] },
      app: { Env: ['PATH=/app:/bin', 'LANG=C', 'OLD=1', 'OWN=a=b', 'EMPTY='] },
    },
    { Env: ['PATH=/app:/bin', 'LANG=C.UTF-8', 'NEW=1', 'OWN=a=b', 'EMPTY='] },
    ['Env PATH'],
  ],
  [
    'labels, ports and volumes are merged one by one',
    {
      before: { Labels: { version: '1', vendor: 'd' }, ExposedPorts: { '80/tcp': {} }, Volumes: { '/old': {} } },
      after: { Labels: { version: '2', vendor: 'd' }, ExposedPorts: { '80/tcp': {} }, Volumes: { '/new': {} } },
      app: {
        Labels: { version: '1', vendor: 'me', empty: '' },
        ExposedPorts: { '80/tcp': {}, '8080/tcp': {} },
        Volumes: { '/old': {} },
      },
    },
    {
      Labels: { version: '2', vendor: 'me', empty: '' },
      ExposedPorts: { '80/tcp': {}, '8080/tcp': {} },
      Volumes: { '/new': {} },
    },
    [],
  ],
];

test.each(cases)('%s', (_, configs, config, conflicts) => {
  expect(mergeConfigs(configs)).toEqual({ config, conflicts });
});

describe('entrypoint and command', () => {
  const before = { Entrypoint: ['/old.sh'], Cmd: ['run'] };
  const after = { Entrypoint: ['/new.sh'], Cmd: ['serve'] };

  test.each([
    ['both follow the base', before, after],
    [
      "the app's command stays beside the base's entrypoint",
      { ...before, Cmd: ['mine'] },
      { Entrypoint: ['/new.sh'], Cmd: ['mine'] },
    ],
    ["an entrypoint of the app's has no command of the base's", { Entrypoint: ['/mine'] }, { Entrypoint: ['/mine'] }],
    [
      'nor loses one that is spelled alike',
      { Entrypoint: ['/mine'], Cmd: ['run'] },
      { Entrypoint: ['/mine'], Cmd: ['run'] },
    ],
  ])('%s', (_, app, expected) => {
    expect(mergeConfigs({ before, after, app }).config).toEqual(expected);
  });
});

test("the app's triggers stay its own", () => {
  const merged = mergeConfigs({ before: {}, after: {}, app: { OnBuild: ['RUN true'] } });
  expect(merged.config).toEqual({ OnBuild: ['RUN true'] });
});

test('names that JavaScript knows are names like any other', () => {
  const labels = JSON.parse('{"__proto__":"x","constructor":"y"}');
  const { config } = mergeConfigs({ before: {}, after: {}, app: { Labels: labels, Env: ['__proto__=1'] } });
  expect(JSON.stringify(config)).toBe('{"Labels":{"__proto__":"x","constructor":"y"},"Env":["__proto__=1"]}');
});
