import { describe, expect, test } from 'vitest';
import { assessConfiguration, movedText } from '../../core/continuity/assess-configuration.ts';
import { assessTexts, type TextContext } from '../../core/continuity/assess-texts.ts';
import { statedSettings } from '../../core/dockerfile/stated-settings.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { given } from '../../core/table.ts';

const version = 'org.opencontainers.image.version';
const revision = 'org.opencontainers.image.revision';
const created = 'org.opencontainers.image.created';
const nothing: TextContext = { moved: (text) => text };
const isStated = () => true;

describe('labels and annotations', () => {
  type Row = readonly [
    string,
    string,
    string | undefined,
    string | undefined,
    Partial<TextContext>,
    string | undefined,
    string | undefined,
  ];
  const rows: readonly Row[] = [
    ['what the pipeline added and the build lacks is carried', version, '1.2', undefined, {}, '1.2', undefined],
    [
      'what the pipeline put over a label of the base is carried',
      version,
      '1.2',
      '24.04',
      { before: { [version]: '22.04' }, after: { [version]: '24.04' } },
      '1.2',
      undefined,
    ],
    [
      'what is inherited follows the base',
      version,
      '22.04',
      '24.04',
      { before: { [version]: '22.04' }, after: { [version]: '24.04' } },
      '24.04',
      'base',
    ],
    [
      'what the new base dropped goes',
      version,
      '22.04',
      undefined,
      { before: { [version]: '22.04' }, after: {} },
      undefined,
      'base',
    ],
    ['what the new base has more of comes', 'more', undefined, 'a', { before: {}, after: { more: 'a' } }, 'a', 'base'],
    [
      'a value of another argument at the same source is the one of the release',
      version,
      '1.2',
      'dev',
      {},
      '1.2',
      undefined,
    ],
    ["a value of another source is that source's", 'title', 'one', 'two', { isStated }, 'two', 'source'],
    ['a value that no source states is carried', 'title', 'one', 'two', { isStated: () => false }, 'one', undefined],
    ['what another source does not state is carried', version, '1.2', undefined, { isStated }, '1.2', undefined],
    [
      'a base that shines through at another source was covered',
      version,
      '1.2',
      '24.04',
      { isStated, after: { [version]: '24.04' } },
      '1.2',
      undefined,
    ],
    ['the revision stays at the same source', revision, 'aaa', undefined, { revision: 'aaa' }, 'aaa', undefined],
    ['the revision follows another source', revision, 'aaa', 'aaa', { isStated, revision: 'bbb' }, 'bbb', 'source'],
    ['the time of the build is that of this build', created, '2020', undefined, { created: '2026' }, '2026', 'build'],
    ['our record is written anew', annotationKeys.bases, '[]', '[1]', {}, '[1]', 'own-record'],
    ['the mark of a builder is that of this builder', 'io.buildah.version', '1.28', undefined, {}, undefined, 'build'],
    [
      'what is made of the base moves with it',
      'home',
      '/opt/17/bin',
      '/opt/21/bin',
      { moved: (text) => text.replace('17', '21') },
      '/opt/21/bin',
      'base',
    ],
    ['what only the build states is new', 'more', undefined, 'a', {}, 'a', 'build'],
  ];
  test.each(rows)('%s', (_, key, from, to, context, wanted, because) => {
    const texts = (value: string | undefined) => (value === undefined ? {} : { [key]: value });
    const [assessed] = assessTexts(texts(from), texts(to), { ...nothing, ...context });
    expect([assessed?.wanted, assessed?.because]).toEqual([wanted, because]);
  });

  test('that are the same are no difference', () => {
    expect(assessTexts({ [version]: '1' }, { [version]: '1' }, nothing)).toEqual([]);
  });
});

describe('configuration', () => {
  const base = { Env: ['PATH=/usr/bin', 'JAVA_HOME=/opt/java-17'], Cmd: ['jshell'], User: '' };
  const next = { Env: ['PATH=/usr/bin', 'JAVA_HOME=/opt/java-21', 'LANG=C'], Cmd: ['jshell'], StopSignal: 'SIGINT' };
  type Fields = Readonly<Record<string, unknown>>;
  type Row = readonly [string, Fields, Fields, readonly (readonly [string, string | undefined])[]];
  const rows: readonly Row[] = [
    ['nothing moved', { User: 'app' }, { User: 'app', Entrypoint: null, Cmd: [] }, []],
    [
      'what the image leaves to the base follows it',
      base,
      next,
      [
        ['stop signal', 'base'],
        ['variable JAVA_HOME', 'base'],
        ['variable LANG', 'base'],
      ],
    ],
    [
      'what is made of a variable of the base moves with it',
      { ...base, Env: ['PATH=/opt/java-17/bin:/usr/bin', 'JAVA_HOME=/opt/java-17'], WorkingDir: '/opt/java-17/app' },
      { ...base, Env: ['PATH=/opt/java-21/bin:/usr/bin', 'JAVA_HOME=/opt/java-21'], WorkingDir: '/opt/java-21/app' },
      [
        ['variable JAVA_HOME', 'base'],
        ['variable PATH', 'base'],
        ['working folder', 'base'],
      ],
    ],
    ['a user that is lost breaks', { User: 'app' }, {}, [['user', undefined]]],
    [
      'a variable of a lost argument breaks',
      { Env: ['VERSION=1.2'] },
      { Env: ['VERSION=dev'] },
      [['variable VERSION', undefined]],
    ],
    ['an entrypoint breaks', { Entrypoint: ['/app'] }, { Entrypoint: ['/other'] }, [['entrypoint', undefined]]],
    ['a command breaks', { Cmd: ['serve'] }, { Cmd: ['other'] }, [['command', undefined]]],
    [
      'a health check that a builder drops breaks',
      { Healthcheck: { Test: ['CMD', 'true'] } },
      {},
      [['health check', undefined]],
    ],
    [
      'ports and volumes count one by one',
      { ExposedPorts: { '80/tcp': {}, '81/tcp': {} }, Volumes: { '/data': {} } },
      { ExposedPorts: { '80/tcp': {} } },
      [
        ['port 81/tcp', undefined],
        ['volume /data', undefined],
      ],
    ],
    ['what is new loses nothing', {}, { ExposedPorts: { '80/tcp': {} } }, [['port 80/tcp', 'build']]],
    ['a user that comes exchanges the one of the runtime', {}, { User: 'app' }, [['user', undefined]]],
    ['what builders write for what is not stated is nothing', {}, { WorkingDir: '/', StopSignal: 'SIGTERM' }, []],
    ['a stop signal that comes exchanges the usual one', {}, { StopSignal: 'SIGQUIT' }, [['stop signal', undefined]]],
  ];
  test.each(rows)('%s', (_, published, candidate, expected) => {
    const assessed = assessConfiguration({ published, candidate, before: base, after: next });
    const own = rows[0]?.[1] === published ? [] : expected;
    expect(assessed.map(({ what, because }) => [what, because])).toEqual(own);
  });

  test('what only the candidate has is of another target or argument where the Dockerfile of the same source states it', () => {
    const text = 'ARG MORE\nFROM a AS app\nFROM app AS debug\nENV DEBUG=1\nEXPOSE 9229\nHEALTHCHECK CMD true';
    const candidate = {
      Env: ['DEBUG=1', 'OTHER=1'],
      ExposedPorts: { '9229/tcp': {} },
      Healthcheck: { Test: ['CMD-SHELL', 'true'] },
    };
    const assess = (target: string) =>
      assessConfiguration({
        published: {},
        candidate,
        before: {},
        after: {},
        ...given('stated', statedSettings(text, { args: {}, target })),
      }).map(({ what, because }) => [what, because]);
    const others = [['variable OTHER', 'build']];
    expect(assess('debug')).toEqual([
      ['health check', 'build'],
      ['port 9229/tcp', undefined],
      ['variable DEBUG', undefined],
      ...others,
    ]);
    expect(assess('app').map(([, because]) => because)).toEqual(['build', 'build', 'build', 'build']);
  });

  describe('at another source', () => {
    const dockerfile = (text: string) => statedSettings(text, { args: {} });
    const explained = (then: string | undefined, now: string, published: Fields, candidate: Fields) =>
      assessConfiguration({
        published,
        candidate,
        before: {},
        after: {},
        sources: {
          ...given('then', then === undefined ? undefined : dockerfile(then)),
          ...given('now', dockerfile(now)),
        },
      }).map(({ what, because }) => [what, because]);

    type SourceRow = readonly [string, string | undefined, string, Fields, Fields, string, string | undefined];
    const changed: readonly SourceRow[] = [
      [
        'a user that it states otherwise',
        'FROM a\nUSER a',
        'FROM a\nUSER b',
        { User: 'a' },
        { User: 'b' },
        'user',
        'source',
      ],
      ['a user that it states no more', 'FROM a\nUSER a', 'FROM a', { User: 'a' }, {}, 'user', 'source'],
      [
        'a user that both state alike',
        'FROM a\nUSER a',
        'FROM a\nUSER a',
        { User: 'a' },
        { User: 'b' },
        'user',
        undefined,
      ],
      ['a user that neither states', 'FROM a', 'FROM a\nRUN x', { User: 'a' }, {}, 'user', undefined],
      [
        'a variable of an argument that the build is not given',
        'FROM a\nARG V=dev\nENV V=$V',
        'FROM a\nARG V=dev\nENV V=${V}',
        { Env: ['V=1.2'] },
        { Env: ['V=dev'] },
        'variable V',
        undefined,
      ],
      [
        'a variable of an argument with another default',
        'ARG V=1\nFROM a\nARG V\nENV V=$V',
        'ARG V=2\nFROM a\nARG V\nENV V=$V',
        { Env: ['V=1'] },
        { Env: ['V=2'] },
        'variable V',
        'source',
      ],
      [
        'a port of a range',
        'FROM a\nEXPOSE 80',
        'FROM a',
        { ExposedPorts: { '80/tcp': {} } },
        {},
        'port 80/tcp',
        'source',
      ],
      [
        'a command',
        'FROM a\nCMD ["a"]',
        'FROM a\nCMD b',
        { Cmd: ['a'] },
        { Cmd: ['/bin/sh', '-c', 'b'] },
        'command',
        'source',
      ],
      [
        'a command that an entrypoint resets',
        'FROM a\nCMD ["a"]',
        'FROM a\nENTRYPOINT ["b"]',
        { Cmd: ['a'] },
        {},
        'command',
        'source',
      ],
      [
        'a user of a stage below',
        'FROM a AS x\nUSER a\nFROM x',
        'FROM a AS x\nUSER b\nFROM x',
        { User: 'a' },
        { User: 'b' },
        'user',
        'source',
      ],
      [
        'a user of a stage beside',
        'FROM a AS x\nUSER a\nFROM a',
        'FROM a AS x\nUSER b\nFROM a',
        { User: 'a' },
        { User: 'b' },
        'user',
        undefined,
      ],
      [
        'a health check that the builder drops',
        'FROM a',
        'FROM a\nHEALTHCHECK CMD x',
        { Healthcheck: { Test: ['CMD', 'a'] } },
        {},
        'health check',
        undefined,
      ],
      [
        'a user that it states, where the former source is not known',
        undefined,
        'FROM a\nUSER b',
        { User: 'a' },
        { User: 'b' },
        'user',
        'source',
      ],
      [
        'a user that it makes of an argument, where the former source is not known',
        undefined,
        'FROM a\nARG U=b\nUSER $U',
        { User: 'a' },
        { User: 'b' },
        'user',
        undefined,
      ],
      [
        'a user that it lacks, where the former source is not known',
        undefined,
        'FROM a',
        { User: 'a' },
        {},
        'user',
        undefined,
      ],
      [
        'a user, where the Dockerfile cannot be read',
        'FROM a\nUSER a',
        'USER b',
        { User: 'a' },
        { User: 'b' },
        'user',
        undefined,
      ],
    ];
    test.each(changed)('%s', (_, then, now, published, candidate, what, because) => {
      expect(explained(then, now, published, candidate)).toEqual([[what, because]]);
    });

    test('what another base gives is explained by the source that names it', () => {
      const assessed = assessConfiguration({
        published: { User: 'a' },
        candidate: { User: 'node' },
        after: { User: 'node' },
        sources: { ...given('then', dockerfile('FROM a')), ...given('now', dockerfile('FROM node')) },
      });
      expect(assessed.map(({ because }) => because)).toEqual(['source']);
    });
  });

  test('an old base that nobody knows explains nothing but what is new', () => {
    const assessed = assessConfiguration({
      published: { User: 'a', Cmd: ['x'], Env: ['V=17', 'HOME=/opt/17'], WorkingDir: '/a' },
      candidate: { Cmd: ['y'], Entrypoint: ['e'], Env: ['V=21', 'HOME=/opt/21', 'LANG=C'] },
      after: { Cmd: ['y'], Entrypoint: ['e'], Env: ['V=21', 'LANG=C'] },
    });
    expect(assessed.map(({ what, because }) => [what, because])).toEqual([
      ['command', undefined],
      ['entrypoint', undefined],
      ['user', undefined],
      ['variable HOME', undefined],
      ['variable LANG', 'base'],
      ['variable V', undefined],
      ['working folder', undefined],
    ]);
  });

  test('what the image set itself does not follow the base, though that had the same', () => {
    const configs = { published: { User: 'app' }, candidate: {}, before: { User: 'app' }, after: {} };
    expect(assessConfiguration(configs).map(({ because }) => because)).toEqual(['base']);
    expect(assessConfiguration({ ...configs, own: new Set(['User']) }).map(({ because }) => because)).toEqual([
      undefined,
    ]);
  });

  test('values of variables are not shown', () => {
    const assessed = assessConfiguration({
      published: { Env: ['TOKEN=very-secret'] },
      candidate: { Env: ['TOKEN=other-secret'] },
      before: {},
      after: {},
    });
    expect(JSON.stringify(assessed)).not.toContain('secret');
  });

  test('a text with many parts of the base costs what it is long', () => {
    const text = 'aa'.repeat(500_000);
    expect(movedText(text, [['aa', 'b'.repeat(10_000)]])).toBe(text);
  });
});
