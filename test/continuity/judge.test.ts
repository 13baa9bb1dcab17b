import { describe, expect, test } from 'vitest';
import { judgeConfiguration, movedText } from '../../core/continuity/judge-configuration.ts';
import { judgeTexts, type TextContext } from '../../core/continuity/judge-texts.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';

const version = 'org.opencontainers.image.version';
const revision = 'org.opencontainers.image.revision';
const created = 'org.opencontainers.image.created';
const nothing: TextContext = { moved: (text) => text, isSameSource: true };

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
    ["a value of another source is that source's", 'title', 'one', 'two', { isSameSource: false }, 'two', 'source'],
    [
      'what another source does not state is carried',
      version,
      '1.2',
      undefined,
      { isSameSource: false },
      '1.2',
      undefined,
    ],
    [
      'a base that shines through at another source was covered',
      version,
      '1.2',
      '24.04',
      { isSameSource: false, after: { [version]: '24.04' } },
      '1.2',
      undefined,
    ],
    ['the revision stays at the same source', revision, 'aaa', undefined, { revision: 'aaa' }, 'aaa', undefined],
    [
      'the revision follows another source',
      revision,
      'aaa',
      'aaa',
      { isSameSource: false, revision: 'bbb' },
      'bbb',
      'source',
    ],
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
    const [judged] = judgeTexts(texts(from), texts(to), { ...nothing, ...context });
    expect([judged?.wanted, judged?.because]).toEqual([wanted, because]);
  });

  test('that are the same are no difference', () => {
    expect(judgeTexts({ [version]: '1' }, { [version]: '1' }, nothing)).toEqual([]);
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
    ['what is new loses nothing', {}, { StopSignal: 'SIGTERM' }, [['stop signal', 'build']]],
  ];
  test.each(rows)('%s', (_, published, candidate, expected) => {
    const judged = judgeConfiguration({ published, candidate, before: base, after: next, isSameSource: true });
    const own = rows[0]?.[1] === published ? [] : expected;
    expect(judged.map(({ what, because }) => [what, because])).toEqual(own);
  });

  test('another source explains what it states', () => {
    const judged = judgeConfiguration({
      published: { User: 'a' },
      candidate: { User: 'b' },
      before: {},
      after: {},
      isSameSource: false,
    });
    expect(judged).toEqual([{ what: 'user', from: 'a', to: 'b', because: 'source' }]);
  });

  test('an old base that nobody knows explains what the new one states, and not what is gone', () => {
    const judged = judgeConfiguration({
      published: { User: 'a', Cmd: ['x'] },
      candidate: { Cmd: ['y'] },
      after: { Cmd: ['y'] },
      isSameSource: true,
    });
    expect(judged.map(({ what, because }) => [what, because])).toEqual([
      ['command', 'base'],
      ['user', undefined],
    ]);
  });

  test('an old base that nobody knows is told by what its image had of it', () => {
    const judged = judgeConfiguration({
      published: { Env: ['V=17', 'HOME=/opt/17'] },
      candidate: { Env: ['V=21', 'HOME=/opt/21'] },
      after: { Env: ['V=21'] },
      isSameSource: true,
    });
    expect(judged.map(({ what, because }) => [what, because])).toEqual([
      ['variable HOME', 'base'],
      ['variable V', 'base'],
    ]);
  });

  test('values of variables are not shown', () => {
    const judged = judgeConfiguration({
      published: { Env: ['TOKEN=very-secret'] },
      candidate: { Env: ['TOKEN=other-secret'] },
      before: {},
      after: {},
      isSameSource: true,
    });
    expect(JSON.stringify(judged)).not.toContain('secret');
  });

  test('a text with many parts of the base costs what it is long', () => {
    const text = 'aa'.repeat(500_000);
    expect(movedText(text, [['aa', 'b'.repeat(10_000)]])).toBe(text);
  });
});
