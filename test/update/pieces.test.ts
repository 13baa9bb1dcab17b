import { describe, expect, it } from 'vitest';
import { instructionAt, lineOf, placesOf } from '../../core/dockerfile/places.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { codenameOf } from '../../core/update/codenames.ts';
import { changesTo, piecesOf } from '../../core/update/dockerfile/template.ts';
import { respell, spells } from '../../core/update/edit-use.ts';
import { isLongTerm, isLongTermRelease } from '../../core/update/lts.ts';
import { differsAt, formOf, leapsFrom, writtenAlike } from '../../core/update/numbers.ts';
import { extractPreRelease } from '../../core/update/tag-version.ts';
import { yamlScalars } from '../../core/update/yaml-scalars.ts';

describe('long-term support', () => {
  it.each([
    ['library/node', [20], true],
    ['library/node', [21, 1], false],
    ['node', [19], false],
    ['cimg/node', [21], false],
    ['library/nodejs', [21], true],
    ['mynode', [21], true],
    ['library/ubuntu', [22, 4], true],
    ['library/ubuntu', [22, 10], false],
    ['library/ubuntu', [23, 4], false],
    ['ubuntu', [23, 4], false],
    ['acme/myubuntu', [23, 4], true],
    ['ubuntu/nginx', [23, 4], true],
    ['dotnet/sdk', [9, 0], false],
    ['dotnet/sdk', [10, 0], true],
    ['dotnet-sdk', [9], false],
    ['acme/dotnet', [9], false],
    ['acme/dotnetcore', [9], true],
    ['mydotnet/sdk', [9], true],
    ['library/eclipse-temurin', [8], true],
    ['library/eclipse-temurin', [9], false],
    ['library/eclipse-temurin', [11], true],
    ['library/eclipse-temurin', [13], false],
    ['library/eclipse-temurin', [16], false],
    ['library/eclipse-temurin', [17], true],
    ['library/eclipse-temurin', [19], false],
    ['library/eclipse-temurin', [21], true],
    ['library/eclipse-temurin', [25], true],
    ['library/eclipse-temurin', [29], true],
    ['library/eclipse-temurin', [23], false],
    ['temurin', [20], false],
    ['library/amazoncorretto', [20], false],
    ['library/ibm-semeru-runtimes', [20], false],
    ['library/sapmachine', [20], false],
    ['azul/zulu-openjdk', [20], false],
    ['azul/zulu-openjdk-alpine', [20], false],
    ['bellsoft/liberica-openjdk-debian', [20], false],
    ['library/openjdk', [20], false],
    ['openjdk/jdk', [20], false],
    ['openjdk/jdk/x', [20], true],
    ['acme/openjdk-app', [20], true],
    ['library/python', [3, 13], true],
  ])('%s %j: %s', (repository, version, expected) => {
    expect(isLongTerm({ registry: 'docker.io', repository }, version)).toBe(expected);
  });

  it('is what the configuration says', () => {
    const node = { registry: 'docker.io', repository: 'library/node' };
    expect([20, 21].map((major) => isLongTerm(node, [major], [21]))).toEqual([false, true]);
  });

  it.each([
    ['jammy', true],
    ['mantic', false],
    ['lunar', false],
    ['noble', true],
    ['bookworm', true],
    ['ltsc2022', true],
  ])('of %s: %s', (name, expected) => {
    const codename = codenameOf(name);
    expect(codename && isLongTermRelease(codename)).toBe(expected);
  });
});

describe('codenames', () => {
  it.each([
    [['stretch', 'buster', 'bullseye', 'bookworm', 'trixie'], 'debian'],
    [
      'xenial bionic focal hirsute impish jammy kinetic lunar mantic noble oracular plucky questing resolute'.split(
        ' ',
      ),
      'ubuntu',
    ],
    [['ltsc2016', 'ltsc2019', 'ltsc2022', 'ltsc2025'], 'windows'],
  ])('%j are of %s and in order', (names, family) => {
    const found = names.map((name) => codenameOf(name));
    expect(found.map((one) => [one?.name, one?.family])).toEqual(names.map((name) => [name, family]));
    const order = found.map((one) => (one?.version[0] ?? 0) * 100 + (one?.version[1] ?? 0));
    expect([...order].sort((a, b) => a - b)).toEqual(order);
  });

  it('are no other words', () => {
    expect(['forky', 'sid', 'constructor', '', 'Jammy'].map(codenameOf)).toEqual(Array(5).fill(undefined));
  });
});

describe('numbers', () => {
  it.each([
    ['20240115', 'moment'],
    ['202401151230', 'moment'],
    ['20240115123059', 'moment'],
    ['2024011512', 'moment'],
    ['202401151', 'number'],
    ['2024011512305900', 'number'],
    ['20241301', 'number'],
    ['20240100', 'number'],
    ['20240132', 'number'],
    ['20240131', 'moment'],
    ['19991231', 'moment'],
    ['18991231', 'number'],
    ['21001231', 'number'],
    ['202412', 'month'],
    ['202400', 'number'],
    ['202413', 'number'],
    ['2024', 'number'],
    ['1202412', 'number'],
    ['120240115', 'number'],
  ])('%s is a %s', (text, form) => {
    expect(formOf(text)).toBe(form);
  });

  it.each([
    [['1', '2'], ['1', '3'], true],
    [['1'], ['1', '3'], false],
    [['22', '04'], ['24', '10'], true],
    [['22', '04'], ['24', '4'], false],
    [['24', '4'], ['22', '04'], false],
    [['1', '9'], ['1', '10'], true],
    [['1', '0'], ['1', '10'], true],
    [['20240115'], ['3'], false],
    [['202401'], ['20240115'], false],
  ])('%j and %j are written alike: %s', (a, b, expected) => {
    expect(writtenAlike(a, b)).toBe(expected);
  });

  it.each([
    [['9'], ['10'], false],
    [['9'], ['100'], true],
    [['100'], ['9'], true],
    [['20', '1'], ['2024', '1'], true],
  ])('%j to %j is a leap: %s', (a, b, expected) => {
    expect(leapsFrom(a, b)).toBe(expected);
  });

  it('differ where their values do', () => {
    expect(differsAt(['1', '02'], ['1', '2'])).toBeUndefined();
    expect(differsAt(['1', '2', '3'], ['1', '4', '5'])).toBe(1);
  });
});

describe('a pre-release', () => {
  it.each([
    ['-rc.1-alpine', '-alpine', 'rc.1'],
    ['-alpine-rc.1', '-alpine', 'rc.1'],
    ['.pre4', '', 'pre.4'],
    ['_beta-2', '', 'beta.2'],
    ['-canary', '', 'canary'],
    ['-unstable', '', 'unstable'],
    ['-milestone3', '', 'milestone.3'],
    ['-m3', '', 'm.3'],
    ['-m', '-m', undefined],
    ['dev3', '', 'dev.3'],
    ['pre3', '', 'pre.3'],
    ['alpha3_4', '_4', 'alpha.3'],
    ['b3x', 'b3x', undefined],
    ['-rcs', '-rcs', undefined],
    ['-perl', '-perl', undefined],
    ['rc', 'rc', undefined],
    ['-rc-10', '', 'rc.10'],
    ['-rc_10.02', '', 'rc.10.2'],
    ['-rc.0', '', 'rc.0'],
    ['-rc.00', '', 'rc.0'],
    ['-RC10', '', 'rc.10'],
    ['', '', undefined],
  ])('%s', (text, rest, preRelease) => {
    expect(extractPreRelease(text)).toEqual({ rest, preRelease });
  });
});

describe('a spelling', () => {
  const hash = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['node', 'node:latest', 'node'],
    ['node', `node:latest@${hash}`, `node:latest@${hash}`],
    ['node:latest', 'node:latest', 'node:latest'],
    ['node', 'node:20', 'node:20'],
    ['docker.io/library/node:18', 'node:20', 'docker.io/library/node:20'],
    ['localhost:5000/a', 'localhost:5000/a:1', 'localhost:5000/a:1'],
    ['localhost:5000/a:2', 'localhost:5000/a:1', 'localhost:5000/a:1'],
    [`localhost:5000/a:2@${hash}`, 'localhost:5000/a:1', 'localhost:5000/a:1'],
    [`a@${hash}`, `a@${hash}`, `a@${hash}`],
  ])('%s as %s', (text, reference, expected) => {
    expect(respell(text, parseReference(reference))).toBe(expected);
  });

  it('is of one reference', () => {
    expect(spells('node', parseReference('docker.io/library/node:latest'))).toBe(true);
    expect(spells('node:20', parseReference('node:22'))).toBe(false);
  });
});

describe('the scalars of YAML', () => {
  it('stand at their paths, with what is written there', () => {
    const text = 'a:\n  - b: "x y"\n  - &n z\n? [k]\n: v\nc: {d: *n, e: *none, f: |\n }\n';
    expect(yamlScalars(text)).toBeUndefined();
    const good = 'a:\n  - b: "x y"\n  - &n z\nc: {d: *n, e: }\n';
    expect(
      yamlScalars(good)?.map(({ path, value, start, end }) => [path.join('/'), value, good.slice(start, end)]),
    ).toEqual([
      ['a/0/b', 'x y', 'x y'],
      ['a/1', 'z', 'z'],
      ['c/d', 'z', 'z'],
      ['c/e', '', ''],
    ]);
  });

  it('leave out what an alias without an anchor names, and keys that are no text', () => {
    expect(yamlScalars('a: *n\nb: 1\n? [x, y]\n: 2\n')?.map(({ path }) => path)).toEqual([['b']]);
  });

  it('are of every document of a file, and of none that cannot be read', () => {
    expect(yamlScalars('a: 1\n---\nb: 2\n')?.map(({ path }) => path)).toEqual([['a'], ['b']]);
    for (const text of ['', '# nothing\n', 'a: [', '\t- x: y\n  z']) expect(yamlScalars(text)).toBeUndefined();
  });

  it('are bounded, so that aliases of aliases end', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 9; at += 1) {
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      );
    }
    expect(yamlScalars(`${lines.join('\n')}\n`)).toBeUndefined();
  });
});

describe('places in a Dockerfile', () => {
  const text = 'ARG A=x\nFROM x AS \\\n  x\nRUN --mount=from=x,target=/x "x" xx x:x -x\n';
  it('are words by themselves', () => {
    const all = { start: 0, end: text.length };
    expect(placesOf(text, 'x', all).map(({ start }) => text.slice(start - 1, start + 2))).toEqual([
      '=x\n',
      ' x ',
      ' x\n',
      '=x,',
      '"x"',
    ]);
    expect(placesOf(text, 'x', { start: 8, end: 13 })).toEqual([]);
    expect(placesOf(text, 'x', { start: 8, end: 14 })).toEqual([{ start: 13, end: 14 }]);
    expect(placesOf('x', 'x', { start: 0, end: 1 })).toEqual([{ start: 0, end: 1 }]);
  });

  it('have lines', () => {
    expect([0, 7, 8, text.indexOf('RUN'), text.length].map((at) => lineOf(text, at))).toEqual([1, 1, 2, 4, 5]);
    expect(instructionAt(text, 1)).toEqual({ start: 0, end: 8 });
    expect(instructionAt(text, 2)).toEqual({ start: 8, end: text.indexOf('RUN') });
    expect(instructionAt(text, 4)).toEqual({ start: text.indexOf('RUN'), end: text.length });
  });
});

describe('a word with variables', () => {
  it.each([
    ['a$B-c', ['a', '$B', '-c']],
    ['${A}${B:-x}', ['', '${A}', '', '${B:-x}', '']],
    ['"a$B"', ['a', '$B', '']],
    ["'a$B'", ['a$B']],
    ['', ['']],
    ['""', ['']],
    ['$', undefined],
    ['a\\b', undefined],
    ['a"b"', undefined],
    ['`a', undefined],
    ['${A:+x}', undefined],
    ['${A-$B}', undefined],
    ['${A', undefined],
    ['"a', undefined],
  ])('%s', (word, expected) => {
    expect(piecesOf(word)?.map(({ start, end }) => word.slice(start, end))).toEqual(expected);
  });

  it('knows the words of substitutions', () => {
    expect(piecesOf('x${A:-b}${C-d}${E:-}$F')).toEqual([
      { kind: 'text', start: 0, end: 1 },
      { kind: 'variable', name: 'A', start: 1, end: 8, fallback: { start: 6, end: 7, forEmpty: true } },
      { kind: 'text', start: 8, end: 8 },
      { kind: 'variable', name: 'C', start: 8, end: 14, fallback: { start: 12, end: 13, forEmpty: false } },
      { kind: 'text', start: 14, end: 14 },
      { kind: 'variable', name: 'E', start: 14, end: 20, fallback: { start: 19, end: 19, forEmpty: true } },
      { kind: 'text', start: 20, end: 20 },
      { kind: 'variable', name: 'F', start: 20, end: 22, fallback: undefined },
      { kind: 'text', start: 22, end: 22 },
    ]);
  });

  it('offers changes from the nearest on', () => {
    const pieces = piecesOf('n:${A}-${B}') ?? [];
    const changes = (wanted: string, values: readonly string[]) =>
      changesTo(wanted, values, pieces).map((change) => [...change]);
    expect(changes('n:1-3', ['n:', '1', '-', '2', ''])).toEqual([[[3, '3']], [[3, '3']], [[3, '3']]]);
    expect(changes('n:3-4', ['n:', '1', '-', '2', ''])).toEqual([
      [
        [1, '3'],
        [3, '4'],
      ],
      [
        [1, '3'],
        [3, '4'],
      ],
    ]);
    expect(changes('m:1-2', ['n:', '1', '-', '2', ''])).toEqual([[[0, 'm:']]]);
    expect(changes('other', ['n:', '1', '-', '2', ''])).toEqual([]);
    expect(changes('n:1-2@x', ['n:', '1', '-', '2', ''])).toEqual([[[4, '@x']], [[4, '@x']]]);
  });
});
