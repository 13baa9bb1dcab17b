import { describe, expect, test } from 'vitest';
import type { LayerEntry } from '../../core/layers/layer-files.ts';
import { modeText } from '../../core/validate/structure/existence.ts';
import { metadataFaults } from '../../core/validate/structure/metadata.ts';
import { readStructureTests } from '../../core/validate/structure/read.ts';

const read = (text: string) => readStructureTests(text, 'tests/web.yaml');
const lines = (...text: readonly string[]) => `schemaVersion: 2.0.0\n${text.join('\n')}\n`;

describe('a file of structure tests', () => {
  test('is read as container-structure-test writes it, values staying text', () => {
    const { existence, content, metadata } = read(
      lines(
        'fileExistenceTests:',
        '- { name: shell, path: /bin/sh, shouldExist: false }',
        "- { name: app, path: /app, permissions: '-rwxr-xr-x', uid: 1000, gid: 1000, isExecutableBy: group }",
        'fileContentTests:',
        "- { name: os, path: /etc/os-release, expectedContents: ['(?i)^id=debian'], excludedContents: [sid] }",
        'metadataTest:',
        '  envVars: [{ key: VERSION, value: 1.20 }, { key: EMPTY, value: "" }]',
        '  labels: [{ key: build, value: "^\\\\d+$", isRegex: true }]',
        '  entrypoint: []',
        '  cmd: [/bin/app]',
        '  user: app',
      ),
    );
    expect(existence).toEqual([
      { name: 'shell', path: '/bin/sh', shouldExist: false },
      {
        name: 'app',
        path: '/app',
        shouldExist: true,
        permissions: '-rwxr-xr-x',
        uid: 1000,
        gid: 1000,
        isExecutableBy: 'group',
      },
    ]);
    expect(content[0]?.expectedContents[0]?.matcher('ID=debian').find()).toBe(true);
    expect(metadata).toMatchObject({ entrypoint: [], cmd: ['/bin/app'], user: 'app' });
    expect(metadata?.envVars).toEqual([
      { key: 'VERSION', value: { kind: 'equal', text: '1.20' } },
      { key: 'EMPTY', value: { kind: 'equal', text: '' } },
    ]);
  });

  test('may be JSON', () => {
    const text = '{"schemaVersion":"2.0.0","fileExistenceTests":[{"name":"x","path":"/x","shouldExist":true}]}';
    expect(read(text).existence).toHaveLength(1);
  });

  test.each([
    ['', 'tests/web.yaml: is empty; give it tests or take it out of tests.structure.'],
    ['schemaVersion: 1.0.0', 'tests/web.yaml:1: schemaVersion is not 2.0.0; fix the file.'],
    [
      lines('commandTests:', '- { name: x, command: ls }'),
      'tests/web.yaml:2: commandTests needs a container; give what is to be run as tests.command.',
    ],
    [lines('licenseTests: [{ debian: true }]'), 'tests/web.yaml:2: licenseTests is not checked here; take it out.'],
    [
      lines('fileExistenceTests:', '- { name: x, path: /x }', '- name: y', '  path: /y', '  shouldexist: true'),
      'tests/web.yaml:6: fileExistenceTests.1.shouldexist is not a key of container-structure-test; fix the file.',
    ],
    [
      lines('fileExistenceTests:', '- { name: x, path: /x, shouldExist: yes }'),
      'tests/web.yaml:3: fileExistenceTests.0.shouldExist is neither true nor false; fix the file.',
    ],
    [
      lines('fileContentTests:', "- { name: x, path: /x, expectedContents: ['('] }"),
      'tests/web.yaml:3: fileContentTests.0.expectedContents.0 is not an RE2 regular expression; fix the file.',
    ],
    [
      lines('metadataTest:', "  labels: [{ key: a, value: '(?=x)', isRegex: true }]"),
      'tests/web.yaml:3: metadataTest.labels.0 is not an RE2 regular expression; fix the file.',
    ],
    [lines('fileExistenceTests: {}'), /^tests\/web.yaml:2: fileExistenceTests .*; fix the file\.$/],
  ])('%j is refused with the line', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

test.each<[LayerEntry['kind'], number, string]>([
  ['file', 0o644, '-rw-r--r--'],
  ['file', 0o4755, 'urwxr-xr-x'],
  ['file', 0o2755, 'grwxr-xr-x'],
  ['directory', 0o755, 'drwxr-xr-x'],
  ['directory', 0o1777, 'dtrwxrwxrwx'],
  ['symlink', 0o777, 'Lrwxrwxrwx'],
])('a %s of mode %o is written %s', (kind, mode, text) => {
  expect(modeText(kind, mode)).toBe(text);
});

describe('metadata', () => {
  const config = {
    architecture: 'amd64',
    os: 'linux',
    labels: { build: '42', team: 'web' },
    diffIds: [],
    history: [],
    raw: {},
    config: {
      Env: ['PATH=/bin', 'A=b=c', 'EMPTY='],
      Entrypoint: ['/app'],
      Cmd: null,
      ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {} },
      WorkingDir: '/srv',
      User: '1000',
    },
  };
  const faults = (...text: readonly string[]) => {
    const { metadata } = read(lines('metadataTest:', ...text.map((line) => `  ${line}`)));
    return metadata === undefined ? undefined : metadataFaults(metadata, config);
  };

  test.each<[string, readonly string[]]>([
    ['envVars: [{ key: A, value: b=c }, { key: EMPTY, value: "" }]', []],
    ['envVars: [{ key: A, value: "^b", isRegex: true }]', []],
    ['envVars: [{ key: A, value: x }, { key: B, value: x }]', ['variable A is "b=c"', 'variable B is not set']],
    ['env: [{ key: PATH, value: /sbin }]', ['variable PATH is "/bin"']],
    ['unboundEnvVars: [{ key: A }, { key: B }]', ['variable A is set']],
    ['labels: [{ key: build, value: "^\\\\d+$", isRegex: true }, { key: none, value: x }]', ['label none is not set']],
    ['exposedPorts: ["8080", 53/udp]', []],
    ['exposedPorts: ["53", 8080/udp]', ['port 8080/udp is not declared']],
    ['unexposedPorts: ["8080", "22"]', ['port 8080 is declared']],
    ['volumes: [/data, /logs]', ['volume /logs is not declared']],
    ['unmountedVolumes: [/data]', ['volume /data is declared']],
    ['entrypoint: [/app]', []],
    ['entrypoint: []', ['entrypoint is ["/app"]']],
    ['cmd: []', []],
    ['cmd: [x]', ['cmd is []']],
    ['workdir: /srv', []],
    ['workdir: /', ['working folder is "/srv"']],
    ['user: root', ['user is "1000"']],
  ])('%s', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });
});
