import { describe, expect, it } from 'vitest';
import { type ReadOptions, readDockerfile } from '../../core/dockerfile/read.ts';
import { formatReference } from '../../core/oci/reference.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
const defaults: ReadOptions = { args: {}, platforms: { build: amd64, target: arm64 }, contexts: {} };

function read(text: string, options: Partial<ReadOptions> = {}) {
  const reading = readDockerfile(text, { ...defaults, ...options });
  if (reading.kind === 'refused') throw new Error(`${reading.code} ${reading.line}: ${reading.detail}`);
  return reading.bases;
}

/** `via reference @line [stage]`, with a `-` before what a plain build does not need. */
function shown(text: string, options: Partial<ReadOptions> = {}): string[] {
  return read(text, options).map(({ via, reference, line, stage, reachable, platform, runtime }) => {
    const on = platform === null ? '' : ` on ${platform.os}/${platform.architecture}`;
    const name = formatReference(reference).replace('docker.io/library/', '');
    return `${reachable ? '' : '-'}${via} ${name} @${line} [${stage}]${on}${runtime ? ' *' : ''}`;
  });
}

describe('what a Dockerfile stands on', () => {
  it.each<[string, string, string[]]>([
    ['one base', 'FROM debian:12\n', ['from debian:12 @1 [0] *']],
    ['no tag', 'FROM debian', ['from debian:latest @1 [0] *']],
    ['tag and digest', `FROM debian:12@sha256:${'a'.repeat(64)}`, [`from debian:12@sha256:${'a'.repeat(64)} @1 [0] *`]],
    ['quotes', 'FROM "debian:12"', ['from debian:12 @1 [0] *']],
    ['keywords in any case', 'from debian:12 as Base', ['from debian:12 @1 [base] *']],
    ['a byte order mark and CRLF', '\uFEFFFROM debian:12\r\nRUN true\r\n', ['from debian:12 @1 [0] *']],
    ['comments and empty lines', '# one\n\n  # two\nFROM debian:12', ['from debian:12 @4 [0] *']],
    ['scratch', 'FROM scratch\nCOPY a /', []],
    ['continuation lines', 'FROM \\\n  # why\n\n  debian:12 \\\n  AS base', ['from debian:12 @1 [base] *']],
    ['a continuation with spaces behind it', 'FROM \\  \ndebian:12', ['from debian:12 @1 [0] *']],
    ['another escape token', '# escape=`\nFROM `\ndebian:12', ['from debian:12 @2 [0] *']],
    ['an escape directive after a comment', '# a comment\n# escape=`\nFROM \\\ndebian:12', ['from debian:12 @3 [0] *']],
    [
      'an escape directive after an unknown one',
      '# foo=bar\n# escape=`\nFROM \\\ndebian:12',
      ['from debian:12 @3 [0] *'],
    ],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });
});

describe('arguments', () => {
  it.each<[string, string, Record<string, string>, string[]]>([
    ['a default', 'ARG V=12\nFROM debian:$V', {}, ['from debian:12 @2 [0] *']],
    ['a build argument over it', 'ARG V=12\nFROM debian:$V', { V: '13' }, ['from debian:13 @2 [0] *']],
    ['a chain', 'ARG A=1\nARG B=${A}2\nFROM debian:$B', {}, ['from debian:12 @3 [0] *']],
    ['several on a line', 'ARG A=1 B=${A}2\nFROM debian:$B', {}, ['from debian:12 @2 [0] *']],
    ['quoted', 'ARG V="12-slim"\nFROM debian:$V', {}, ['from debian:12-slim @2 [0] *']],
    ['a default in the substitution', 'ARG V\nFROM debian:${V:-12}', {}, ['from debian:12 @2 [0] *']],
    [
      'one declared in a stage is not seen by FROM',
      'ARG V=12\nFROM debian:$V\nARG V=13\nFROM debian:$V',
      {},
      ['-from debian:12 @2 [0]', 'from debian:12 @4 [1] *'],
    ],
    [
      'a build argument that is not declared is not seen',
      'FROM debian:${V:-12}',
      { V: '13' },
      ['from debian:12 @1 [0] *'],
    ],
    [
      'platform arguments without a declaration',
      'FROM --platform=$BUILDPLATFORM debian:12',
      {},
      ['from debian:12 @1 [0] on linux/amd64 *'],
    ],
    ['the target platform', 'FROM debian-$TARGETARCH:12', {}, ['from debian-arm64:12 @1 [0] *']],
  ])('%s', (_, text, args, expected) => {
    expect(shown(text, { args })).toEqual(expected);
  });
});

describe('stages', () => {
  it.each<[string, string, string[]]>([
    ['an earlier stage is no base', 'FROM debian:12 AS a\nFROM a\n', ['from debian:12 @1 [a] *']],
    [
      'what the target does not need is not reachable',
      'FROM golang:1 AS b\nFROM debian:12',
      ['-from golang:1 @1 [b]', 'from debian:12 @2 [0] *'.replace('[0]', '[1]')],
    ],
    [
      'COPY --from a stage reaches it',
      'FROM golang:1 AS b\nFROM debian:12\nCOPY --from=b /x /x',
      ['from golang:1 @1 [b]', 'from debian:12 @2 [1] *'],
    ],
    [
      'by number',
      'FROM golang:1\nFROM debian:12\nCOPY --from=0 /x /x',
      ['from golang:1 @1 [0]', 'from debian:12 @2 [1] *'],
    ],
    [
      'in another case',
      'FROM golang:1 AS Build\nFROM debian:12\nCOPY --from=BUILD /x /x',
      ['from golang:1 @1 [build]', 'from debian:12 @2 [1] *'],
    ],
    [
      'from an image',
      'FROM debian:12\nCOPY --from=busybox:1 /x /x',
      ['from debian:12 @1 [0] *', 'copy-from busybox:1 @2 [0]'],
    ],
    [
      'a later stage, where nothing needs the stage that names it',
      'FROM debian:12 AS a\nCOPY --from=b /x /x\nFROM golang:1 AS b',
      ['-from debian:12 @1 [a]', 'from golang:1 @3 [b] *'],
    ],
    [
      'FROM of a later stage is an image',
      'FROM later\nFROM debian:12 AS later\nFROM later',
      ['-from later:latest @1 [0]', 'from debian:12 @2 [later] *'],
    ],
    [
      'FROM compares names as written',
      'FROM debian:12 AS build\nFROM Build/x\n',
      ['-from debian:12 @1 [build]', 'from Build/x:latest @2 [1] *'],
    ],
    [
      'a mount',
      'FROM debian:12\nRUN --mount=type=bind,from=busybox:1,target=/b true',
      ['from debian:12 @1 [0] *', 'mount-from busybox:1 @2 [0]'],
    ],
    [
      'several mounts',
      'FROM golang:1 AS g\nFROM debian:12\nRUN --mount=from=g,target=/g --mount=from=alpine:3,target=/a true',
      ['from golang:1 @1 [g]', 'from debian:12 @2 [1] *', 'mount-from alpine:3 @3 [1]'],
    ],
    [
      'a number in a mount is an image',
      'FROM golang:1\nFROM debian:12\nRUN --mount=from=0,target=/g true',
      ['-from golang:1 @1 [0]', 'from debian:12 @2 [1] *', 'mount-from 0:latest @3 [1]'],
    ],
    [
      'triggers fire in the stage above them',
      'FROM debian:12 AS a\nONBUILD COPY --from=busybox:1 /x /x\nFROM a',
      ['from debian:12 @1 [a] *', 'copy-from busybox:1 @2 [1]'],
    ],
    [
      'a here-document is text',
      'FROM debian:12\nRUN <<EOF\nFROM nothing\nEOF\nCOPY --from=busybox:1 a b',
      ['from debian:12 @1 [0] *', 'copy-from busybox:1 @5 [0]'],
    ],
    [
      'several of them',
      'FROM debian:12\nCOPY <<A <<B /x/\nFROM a\nA\nFROM b\nB\nRUN true',
      ['from debian:12 @1 [0] *'],
    ],
    ['quoted and with tabs', 'FROM debian:12\nRUN <<-"EOF"\nFROM x\n\tEOF\nRUN true', ['from debian:12 @1 [0] *']],
    ['a here-document in CMD is none', 'FROM debian:12\nCMD cat <<EOF\nRUN true', ['from debian:12 @1 [0] *']],
    [
      'the frontend',
      '# syntax=docker/dockerfile:1\nFROM debian:12',
      ['syntax docker.io/docker/dockerfile:1 @1 [null]', 'from debian:12 @2 [0] *'],
    ],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  it('lists with a target what the target needs', () => {
    const text = 'FROM golang:1 AS b\nFROM debian:12 AS c';
    expect(shown(text, { target: 'B' })).toEqual(['from golang:1 @1 [b] *', '-from debian:12 @2 [c]']);
  });

  it.each<[string, string, Record<string, string>, string[]]>([
    [
      'an image in the place of an image',
      'FROM debian:12',
      { 'debian:12': 'docker-image://debian:13' },
      ['from debian:13 @1 [0] *'],
    ],
    [
      'a folder in the place of an image',
      'FROM debian:12\nCOPY --from=files a b',
      { files: './files' },
      ['from debian:12 @1 [0] *'],
    ],
    [
      'an image in the place of a stage',
      'FROM golang:1 AS b\nFROM debian:12\nCOPY --from=b a b',
      { b: 'docker-image://busybox:1' },
      ['from busybox:1 @1 [b]', 'from debian:12 @2 [1] *'],
    ],
  ])('named context: %s', (_, text, contexts, expected) => {
    expect(shown(text, { contexts })).toEqual(expected);
  });
});

describe('what BuildKit refuses', () => {
  it.each<[string, string, string, number | null]>([
    ['nothing', '', 'no-instructions', null],
    ['only comments', '# a\n', 'no-instructions', null],
    ['no stage', 'ARG A=1', 'no-build-stage', null],
    ['an instruction before FROM', 'RUN true\nFROM debian', 'no-build-stage', 1],
    ['an unknown instruction', 'FROM debian\nFORM x', 'unknown-instruction', 2],
    ['a blank base', 'ARG V\nFROM $V', 'blank-base-name', 2],
    ['a bad reference', 'FROM debian:12:13', 'invalid-reference', 1],
    ['an upper case repository', 'FROM Debian:12', 'invalid-reference', 1],
    ['a bad reference in a stage that nobody needs', 'FROM a:b:c AS x\nFROM debian', 'invalid-reference', 1],
    ['too many words', 'FROM debian AS', 'invalid-instruction', 1],
    ['a bad stage name', 'FROM debian AS 1x', 'invalid-stage-name', 1],
    ['an unknown flag', 'FROM --foo=x debian', 'invalid-flag', 1],
    ['a doubled flag', 'FROM --platform=linux/amd64 --platform=linux/arm64 debian', 'invalid-flag', 1],
    ['a flag without a value', 'FROM --platform debian', 'invalid-flag', 1],
    ['an empty platform', 'FROM --platform=$NONE debian', 'invalid-platform', 1],
    ['a bad substitution', 'FROM debian:${V', 'substitution', 1],
    ['a required argument', 'ARG V\nFROM debian:${V:?needed}', 'substitution', 2],
    ['an open here-document', 'FROM debian\nRUN <<EOF\ntrue', 'heredoc-unterminated', 2],
    ['a doubled directive', '# escape=`\n# escape=`\nFROM debian', 'invalid-directive', 2],
    ['a bad escape token', '# escape=x\nFROM debian', 'invalid-directive', 1],
    ['a stage index that is not there', 'FROM debian\nCOPY --from=7 a b', 'invalid-stage-index', 2],
    ['itself', 'FROM debian AS a\nCOPY --from=a x y', 'circular-dependency', 1],
    ['a circle', 'FROM debian AS a\nCOPY --from=b x y\nFROM debian AS b\nCOPY --from=a x y', 'circular-dependency', 1],
    ['a variable in the source of a mount', 'FROM debian\nRUN --mount=from=$X,target=/x true', 'invalid-mount', 2],
    ['a variable in COPY --from', 'FROM debian\nCOPY --from=$X a b', 'invalid-reference', 2],
    ['COPY with one argument', 'FROM debian\nCOPY a', 'invalid-instruction', 2],
    ['a trigger of a trigger', 'FROM debian\nONBUILD ONBUILD RUN true', 'invalid-instruction', 2],
    ['FROM as a trigger', 'FROM debian\nONBUILD FROM x', 'invalid-instruction', 2],
    ['SHELL without JSON', 'FROM debian\nSHELL bash', 'invalid-instruction', 2],
    ['a line beyond the scanner', `FROM debian\nRUN ${'x'.repeat(70_000)}`, 'line-too-long', 2],
  ])('%s', (_, text, code, line) => {
    expect(readDockerfile(text, defaults)).toMatchObject({ kind: 'refused', code, line });
  });

  it('a target that is not there', () => {
    expect(readDockerfile('FROM debian', { ...defaults, target: 'x' })).toMatchObject({ code: 'unknown-target' });
  });
});
