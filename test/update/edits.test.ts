import { describe, expect, it } from 'vitest';
import type { Build } from '../../core/discover/build.ts';
import { formatReference, parseReference } from '../../core/oci/reference.ts';
import { variantsOf } from '../../core/update/dockerfile/readings.ts';
import { applyUpdates, type EditedUse } from '../../core/update/edit.ts';
import { type Repository, type Source, textAt } from '../../core/update/repository.ts';

const host = { os: 'linux', architecture: 'amd64' };
const hash = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

const build: Build = {
  name: 'web',
  dockerfile: 'Dockerfile',
  context: '.',
  args: {},
  contexts: {},
  platforms: [],
  releases: [],
  provenance: {},
};

function repositoryOf(text: string, builds: readonly Partial<Build>[] = [{}]): Repository {
  const variants = builds.flatMap((one) => variantsOf({ ...build, ...one }, host));
  return holding('Dockerfile', text, { kind: 'dockerfile', variants });
}

function composeOf(text: string, env: Readonly<Record<string, string>> = {}): Repository {
  return holding('compose.yaml', text, { kind: 'compose', env: new Map(Object.entries(env)) });
}

function holding(path: string, text: string, source: Source): Repository {
  return { sources: new Map([[path, source]]), texts: new Map([[path, text]]), edited: new Map(), host };
}

async function edit(repository: Repository, moves: Readonly<Record<string, string>>) {
  const wanted = new Map(
    Object.entries(moves).map(([from, to]) => [formatReference(parseReference(from)), parseReference(to)] as const),
  );
  const edited = await applyUpdates({ before: repository, from: repository }, wanted, async () => undefined);
  const [path = ''] = repository.texts.keys();
  const text = textAt(edited.repository, path);
  return { text, uses: edited.uses.map(said) };
}

function said(one: EditedUse): string {
  if (one.kind === 'refused') return `line ${one.use.line} ${one.why}`;
  return one.place.through === undefined ? `${one.place.line}` : `${one.place.line} ${one.place.through}`;
}

const node = { 'node:20': 'node:22' };

type Row = readonly [
  name: string,
  before: string,
  moves: Readonly<Record<string, string>>,
  after: string,
  uses: readonly string[],
];

const rows: readonly Row[] = [
  ['a FROM', 'FROM node:20\n', node, 'FROM node:22\n', ['1']],
  ['no line end', 'FROM node:20', node, 'FROM node:22', ['1']],
  ['a byte order mark', '\uFEFFFROM node:20\n', node, '\uFEFFFROM node:22\n', ['1']],
  ['CRLF', 'ARG A=1\r\nFROM node:20\r\nRUN x\r\n', node, 'ARG A=1\r\nFROM node:22\r\nRUN x\r\n', ['2']],
  ['blanks and case', 'from\t node:20   as  Build\n', node, 'from\t node:22   as  Build\n', ['1']],
  [
    'a platform',
    'FROM --platform=linux/arm64 node:20 AS b\n',
    node,
    'FROM --platform=linux/arm64 node:22 AS b\n',
    ['1'],
  ],
  ['double quotes', 'FROM "node:20"\n', node, 'FROM "node:22"\n', ['1']],
  ['single quotes', "FROM 'node:20' AS a\n", node, "FROM 'node:22' AS a\n", ['1']],
  [
    'comments around',
    '# FROM node:20\nFROM node:20\n# node:20\n',
    node,
    '# FROM node:20\nFROM node:22\n# node:20\n',
    ['2'],
  ],
  [
    'a continuation',
    'FROM \\\n  # node:20\n  node:20 \\\n  AS x\n',
    node,
    'FROM \\\n  # node:20\n  node:22 \\\n  AS x\n',
    ['3'],
  ],
  ['the backtick as escape', '# escape=`\nFROM `\nnode:20\n', node, '# escape=`\nFROM `\nnode:22\n', ['3']],
  [
    'registry and library spelled out',
    'FROM docker.io/library/node:20\n',
    node,
    'FROM docker.io/library/node:22\n',
    ['1'],
  ],
  [
    'a port',
    'FROM localhost:5000/a/b:1\n',
    { 'localhost:5000/a/b:1': 'localhost:5000/a/b:2' },
    'FROM localhost:5000/a/b:2\n',
    ['1'],
  ],
  [
    'a pin for no tag',
    'FROM localhost:5000/a\n',
    { 'localhost:5000/a': `localhost:5000/a:latest@${hash}` },
    `FROM localhost:5000/a:latest@${hash}\n`,
    ['1'],
  ],
  ['a pin added', 'FROM node:20 AS a\n', { 'node:20': `node:20@${hash}` }, `FROM node:20@${hash} AS a\n`, ['1']],
  [
    'a pin refreshed',
    `FROM node:20@${hash}\n`,
    { [`node:20@${hash}`]: `node:20@${other}` },
    `FROM node:20@${other}\n`,
    ['1'],
  ],
  [
    'tag and pin',
    `FROM node:20@${hash}\n`,
    { [`node:20@${hash}`]: `node:22@${other}` },
    `FROM node:22@${other}\n`,
    ['1'],
  ],
  [
    'several of one',
    'FROM node:20 AS a\nFROM node:20-slim AS b\nFROM node:20\n',
    node,
    'FROM node:22 AS a\nFROM node:20-slim AS b\nFROM node:22\n',
    ['1', '3'],
  ],
  [
    'COPY --from',
    'FROM scratch\nCOPY --chown=1:1 --from=node:20 /node:20 /node:20\n',
    node,
    'FROM scratch\nCOPY --chown=1:1 --from=node:22 /node:20 /node:20\n',
    ['2'],
  ],
  [
    'COPY with quotes',
    'FROM scratch\nCOPY --from="node:20" a b\n',
    node,
    'FROM scratch\nCOPY --from="node:22" a b\n',
    ['2'],
  ],
  [
    'mounts',
    'FROM scratch\nRUN --mount=type=bind,from=node:20,target=/x --mount="from=node:20,target=/y" node:20\n',
    node,
    'FROM scratch\nRUN --mount=type=bind,from=node:22,target=/x --mount="from=node:22,target=/y" node:20\n',
    ['2', '2'],
  ],
  [
    'a here-document',
    'FROM node:20\nRUN <<EOF\nFROM node:20\nEOF\nFROM node:20\n',
    node,
    'FROM node:22\nRUN <<EOF\nFROM node:20\nEOF\nFROM node:22\n',
    ['1', '5'],
  ],
  [
    'the syntax directive',
    '# syntax = docker/dockerfile:1.6\nFROM scratch\n',
    { 'docker/dockerfile:1.6': 'docker/dockerfile:1.7' },
    '# syntax = docker/dockerfile:1.7\nFROM scratch\n',
    ['1'],
  ],
  ['an ARG', 'ARG V=20\nFROM node:$V\n', node, 'ARG V=22\nFROM node:$V\n', ['1 ARG V']],
  [
    'several ARGs that grow longer',
    'ARG V=9\nARG A=3.9\nFROM node:${V}-alpine${A}\n',
    { 'node:9-alpine3.9': 'node:10-alpine3.10' },
    'ARG V=10\nARG A=3.10\nFROM node:${V}-alpine${A}\n',
    ['1 ARG V'],
  ],
  [
    'one default of two',
    'FROM node:${V:-20}-${A:-slim}\n',
    { 'node:20-slim': 'node:22-slim' },
    'FROM node:${V:-22}-${A:-slim}\n',
    ['1'],
  ],
  [
    'a default beside an ARG',
    'ARG V=20\nFROM node:${V}-${A:-slim}\n',
    { 'node:20-slim': 'node:22-slim' },
    'ARG V=22\nFROM node:${V}-${A:-slim}\n',
    ['1 ARG V'],
  ],
  [
    'a suffix in an ARG',
    'ARG S=-slim\nFROM node:20${S}\n',
    { 'node:20-slim': 'node:22-slim' },
    'ARG S=-slim\nFROM node:22${S}\n',
    ['2'],
  ],
  [
    'a default for unset where it is empty',
    'ARG V=\nFROM node:20${V-x}\n',
    node,
    'ARG V=\nFROM node:22${V-x}\n',
    ['2'],
  ],
  ['an ARG of another name', 'ARG V=20 W=20\nFROM node:$W\n', node, 'ARG V=20 W=22\nFROM node:$W\n', ['1 ARG W']],
  [
    'an ARG that is set from an unset one',
    'ARG U\nARG V=20$U\nFROM node:$V\n',
    node,
    'ARG U\nARG V=22$U\nFROM node:$V\n',
    ['2 ARG V'],
  ],
  [
    'an ARG that the new version begins with',
    'ARG V=20.1\nFROM node:${V}\n',
    { 'node:20.1': 'node:20.11' },
    'ARG V=20.11\nFROM node:${V}\n',
    ['1 ARG V'],
  ],
  [
    'an ARG before a suffix',
    'ARG V=20.1\nFROM node:${V}-slim\n',
    { 'node:20.1-slim': 'node:20.11-slim' },
    'ARG V=20.11\nFROM node:${V}-slim\n',
    ['1 ARG V'],
  ],
  [
    'a suffix behind an ARG',
    'ARG V=20\nFROM node:${V}-alpine3.19\n',
    { 'node:20-alpine3.19': 'node:20-alpine3.20' },
    'ARG V=20\nFROM node:${V}-alpine3.20\n',
    ['2'],
  ],
  [
    'a pin taken off an ARG',
    `ARG V=20\nFROM node:$V@${hash}\n`,
    { [`node:20@${hash}`]: 'node:20' },
    'ARG V=20\nFROM node:$V\n',
    ['2'],
  ],
  [
    'a registry before an ARG',
    'ARG R=localhost:5000/\nFROM ${R}node:20\n',
    { 'localhost:5000/node:20': 'localhost:5000/node:22' },
    'ARG R=localhost:5000/\nFROM ${R}node:22\n',
    ['2'],
  ],
  [
    'a version and a new pin',
    'ARG V=20\nFROM node:$V AS a\n',
    { 'node:20': `node:22@${hash}` },
    `ARG V=22\nFROM node:$V@${hash} AS a\n`,
    ['1 ARG V'],
  ],
  [
    'a whole image and a new pin',
    'ARG I=node:20\nFROM $I AS a\n',
    { 'node:20': `node:22@${hash}` },
    `ARG I=node:22@${hash}\nFROM $I AS a\n`,
    ['1 ARG I'],
  ],
  [
    'a whole image with an old pin',
    `ARG I=node@${hash}\nFROM $I\n`,
    { [`node@${hash}`]: `node@${other}` },
    `ARG I=node@${other}\nFROM $I\n`,
    ['1 ARG I'],
  ],
  [
    'a name without a tag as ARG',
    'ARG I=node\nFROM ${I} AS a\n',
    { node: `node:latest@${hash}` },
    `ARG I=node\nFROM \${I}:latest@${hash} AS a\n`,
    ['2'],
  ],
  [
    'three ARGs and no more',
    'ARG A=1\nARG B=2\nARG C=3\nFROM node:$A.$B.$C\n',
    { 'node:1.2.3': 'node:4.5.6' },
    'ARG A=4\nARG B=5\nARG C=6\nFROM node:$A.$B.$C\n',
    ['1 ARG A'],
  ],
  [
    'four ARGs',
    'ARG A=1\nARG B=2\nARG C=3\nARG D=4\nFROM node:$A.$B.$C.$D\n',
    { 'node:1.2.3.4': 'node:5.6.7.8' },
    'ARG A=1\nARG B=2\nARG C=3\nARG D=4\nFROM node:$A.$B.$C.$D\n',
    ['line 5 is not written there in one piece'],
  ],
  [
    'one of four ARGs',
    'ARG A=1\nARG B=2\nARG C=3\nARG D=4\nFROM node:$A.$B.$C.$D\n',
    { 'node:1.2.3.4': 'node:1.2.3.8' },
    'ARG A=1\nARG B=2\nARG C=3\nARG D=8\nFROM node:$A.$B.$C.$D\n',
    ['4 ARG D'],
  ],
  [
    'a default where the variable is empty',
    'ARG V=\nFROM node:${V:-20}\n',
    node,
    'ARG V=\nFROM node:${V:-22}\n',
    ['2'],
  ],
  ['a default that is not used', 'ARG V=20\nFROM node:${V:-18}\n', node, 'ARG V=22\nFROM node:${V:-18}\n', ['1 ARG V']],
  [
    'a digest in single quotes',
    `FROM 'node:20@${hash}'\n`,
    { [`node:20@${hash}`]: `node:22@${other}` },
    `FROM 'node:22@${other}'\n`,
    ['1'],
  ],
  ['a dollar that is none', "FROM 'node:20'\nLABEL a='$V'\n", node, "FROM 'node:22'\nLABEL a='$V'\n", ['1']],
  [
    'an ARG in braces',
    'ARG V=20\nFROM node:${V}-alpine\n',
    { 'node:20-alpine': 'node:22-alpine' },
    'ARG V=22\nFROM node:${V}-alpine\n',
    ['1 ARG V'],
  ],
  ['a quoted ARG', 'ARG V="20" # c\nFROM node:$V\n', {}, 'ARG V="20" # c\nFROM node:$V\n', []],
  ['an ARG in quotes', 'ARG A=1 V="20"\nFROM "node:${V}"\n', node, 'ARG A=1 V="22"\nFROM "node:${V}"\n', ['1 ARG V']],
  ['an ARG in single quotes', "ARG V='20'\nFROM node:${V}\n", node, "ARG V='22'\nFROM node:${V}\n", ['1 ARG V']],
  [
    'the whole image as ARG',
    'ARG IMAGE=node:20\nFROM ${IMAGE}\n',
    node,
    'ARG IMAGE=node:22\nFROM ${IMAGE}\n',
    ['1 ARG IMAGE'],
  ],
  [
    'a chain of ARGs',
    'ARG V=20\nARG TAG=${V}-alpine\nARG IMAGE="node:$TAG"\nFROM $IMAGE\n',
    { 'node:20-alpine': 'node:22-alpine' },
    'ARG V=22\nARG TAG=${V}-alpine\nARG IMAGE="node:$TAG"\nFROM $IMAGE\n',
    ['1 ARG V'],
  ],
  [
    'several ARGs',
    'ARG V=20.1\nARG A=3.19\nFROM node:${V}-alpine${A}\n',
    { 'node:20.1-alpine3.19': 'node:20.2-alpine3.20' },
    'ARG V=20.2\nARG A=3.20\nFROM node:${V}-alpine${A}\n',
    ['1 ARG V'],
  ],
  [
    'an ARG and a pin',
    `ARG V=20\nFROM node:\${V}@${hash}\n`,
    { [`node:20@${hash}`]: `node:22@${other}` },
    `ARG V=22\nFROM node:\${V}@${other}\n`,
    ['1 ARG V'],
  ],
  [
    'a pin behind an ARG',
    'ARG V=20\nFROM node:$V AS a\n',
    { 'node:20': `node:20@${hash}` },
    `ARG V=20\nFROM node:$V@${hash} AS a\n`,
    ['2'],
  ],
  ['a default of a substitution', 'FROM node:${V:-20}\n', node, 'FROM node:${V:-22}\n', ['1']],
  ['an unset ARG with a default', 'ARG V\nFROM node:${V-20}\n', node, 'ARG V\nFROM node:${V-22}\n', ['2']],
  [
    'the last of two ARGs',
    'ARG V=18\nARG V=20\nFROM node:$V\n',
    node,
    'ARG V=18\nARG V=22\nFROM node:$V\n',
    ['2 ARG V'],
  ],
  [
    'an ARG in the stage of the same name',
    'ARG V=20\nFROM node:$V\nARG V=20\n',
    node,
    'ARG V=22\nFROM node:$V\nARG V=20\n',
    ['1 ARG V'],
  ],
  [
    'an ARG that feeds several that agree',
    'ARG V=20\nFROM node:$V AS a\nFROM node:$V-slim\n',
    { 'node:20': 'node:22', 'node:20-slim': 'node:22-slim' },
    'ARG V=22\nFROM node:$V AS a\nFROM node:$V-slim\n',
    ['1 ARG V', '1 ARG V'],
  ],
  [
    'an ARG that feeds several that do not agree',
    'ARG V=20\nFROM node:$V AS a\nFROM node:$V-slim\n',
    { 'node:20': 'node:22', 'node:20-slim': 'node:24-slim' },
    'ARG V=20\nFROM node:$V AS a\nFROM node:$V-slim\n',
    [
      'line 2 shares ARG V with line 3 of Dockerfile, for which another version is due or none',
      'line 3 shares ARG V with line 2 of Dockerfile, for which another version is due or none',
    ],
  ],
  [
    'an ARG that feeds one that stays',
    'ARG V=20\nFROM node:$V AS a\nFROM acme/node:$V\n',
    node,
    'ARG V=20\nFROM node:$V AS a\nFROM acme/node:$V\n',
    ['line 2 shares ARG V with line 3 of Dockerfile, for which another version is due or none'],
  ],
  [
    'substitutions that cannot be turned round',
    'ARG V=v20\nFROM node:${V#v}\n',
    node,
    'ARG V=v20\nFROM node:${V#v}\n',
    ['line 2 is not written there in one piece'],
  ],
  ['a name in pieces', 'FROM node:\\\n20\n', node, 'FROM node:\\\n20\n', ['line 1 is not written there in one piece']],
  ['inner quotes', 'FROM node:"20"\n', node, 'FROM node:"20"\n', ['line 1 is not written there in one piece']],
  [
    'the builder sets it',
    'FROM node:${TARGETARCH}\n',
    { 'node:amd64': 'node:arm64' },
    'FROM node:${TARGETARCH}\n',
    ['line 1 is not written there in one piece'],
  ],
  ['a stage of the name', 'FROM node:20 AS node\nFROM node\n', node, 'FROM node:22 AS node\nFROM node\n', ['1']],
  ['a stage that nothing needs', 'FROM node:20 AS a\nFROM scratch\n', node, 'FROM node:22 AS a\nFROM scratch\n', ['1']],
];

describe('an edit of a Dockerfile', () => {
  it.each(rows.map((row) => ({ row, name: row[0] })))('$name', async ({ row: [, before, moves, after, uses] }) => {
    expect(await edit(repositoryOf(before), moves)).toEqual({ text: after, uses });
  });

  it('is of the ARG default only where the build gives no other', async () => {
    const text = 'ARG V=20\nFROM node:$V\n';
    const repository = repositoryOf(text, [{}, { name: 'old', args: { V: '18' } }]);
    expect(await edit(repository, node)).toEqual({ text: 'ARG V=22\nFROM node:$V\n', uses: ['1 ARG V'] });
    const stated = repositoryOf(text, [{ args: { V: '18' }, provenance: { args: 'compose.yaml services.web' } }]);
    expect(await edit(stated, { 'node:18': 'node:20' })).toEqual({
      text,
      uses: ['line 2 takes V from compose.yaml services.web, which cannot be edited safely'],
    });
    expect((await edit(repositoryOf(text, [{ args: { V: '18' } }]), { 'node:18': 'node:20' })).uses).toEqual([
      'line 2 takes V from the build arguments of this run, which cannot be edited safely',
    ]);
  });

  it('is made once for all platforms and builds of the file', async () => {
    const platforms = [host, { os: 'linux', architecture: 'arm64' }];
    const repository = repositoryOf('FROM node:20\n', [{ platforms }, { name: 'b' }]);
    expect(await edit(repository, node)).toEqual({ text: 'FROM node:22\n', uses: ['1', '1', '1'] });
  });

  it('leaves a name alone that a build context replaces', async () => {
    const repository = repositoryOf('FROM base\n', [{ contexts: { base: 'docker-image://node:20' } }]);
    expect(await edit(repository, node)).toEqual({
      text: 'FROM base\n',
      uses: ['line 1 is not written there in one piece'],
    });
  });
});

const composeRows: readonly (readonly [string, string, Readonly<Record<string, string>>, string, readonly string[]])[] =
  [
    [
      'services that run an image',
      'services:\n  db: {image: "node:20"} # node:20\n  web:\n    build: .\n    image: node:20\n  c:\n    image: node:20 # c\n',
      node,
      'services:\n  db: {image: "node:22"} # node:20\n  web:\n    build: .\n    image: node:20\n  c:\n    image: node:22 # c\n',
      ['2', '7'],
    ],
    [
      'CRLF and a byte order mark',
      '\uFEFFservices:\r\n  db:\r\n    image: node:20\r\n',
      node,
      '\uFEFFservices:\r\n  db:\r\n    image: node:22\r\n',
      ['3'],
    ],
    [
      'a default',
      'services:\n  db:\n    image: node:${V:-20}\n',
      node,
      'services:\n  db:\n    image: node:${V:-22}\n',
      ['3'],
    ],
    [
      'an anchor',
      'x: &i node:20\nservices:\n  a: {image: *i}\n  b: {image: *i}\n',
      node,
      'x: &i node:22\nservices:\n  a: {image: *i}\n  b: {image: *i}\n',
      ['1', '1'],
    ],
    [
      'an escape',
      'services:\n  a: {image: "node\\x3A20"}\n',
      node,
      'services:\n  a: {image: "node\\x3A20"}\n',
      ['line 2 is not written there in one piece'],
    ],
    ['JSON', '{"services": {"a": {"image": "node:20"}}}', node, '{"services": {"a": {"image": "node:22"}}}', ['1']],
  ];

describe('an edit of a Compose file', () => {
  it.each(composeRows.map((row) => ({ row, name: row[0] })))(
    '$name',
    async ({ row: [, before, moves, after, uses] }) => {
      expect(await edit(composeOf(before), moves)).toEqual({ text: after, uses });
    },
  );

  it('leaves a value alone that the environment gives', async () => {
    const text = 'services:\n  db:\n    image: node:${V:-18}\n';
    expect(await edit(composeOf(text, { V: '20' }), node)).toEqual({
      text,
      uses: ['line 3 is not written there in one piece'],
    });
  });

  it('is none where the file is no YAML', async () => {
    expect(await edit(composeOf('services: {'), node)).toEqual({ text: 'services: {', uses: [] });
  });
});

describe('a chain of ARGs', () => {
  const chain = (length: number, first: string) => {
    const links = Array.from({ length: length - 1 }, (_, at) => `ARG A${at + 1}=$A${at}\n`);
    return `ARG A0=${first}\n${links.join('')}FROM node:$A${length - 1}\n`;
  };

  it('is followed ten links deep and no further', async () => {
    expect(await edit(repositoryOf(chain(10, '20')), node)).toEqual({ text: chain(10, '22'), uses: ['1 ARG A0'] });
    expect((await edit(repositoryOf(chain(11, '20')), node)).uses).toEqual([
      'line 12 is not written there in one piece',
    ]);
  });
});

describe('a line of many variables', () => {
  it('takes no longer than one of few', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `A${at}`);
    const text = `${names.map((name) => `ARG ${name}=1\n`).join('')}FROM node:${names.map((name) => `\${${name}}`).join('')}\n`;
    const started = performance.now();
    const edited = await edit(repositoryOf(text), { [`node:${'1'.repeat(60)}`]: `node:${'2'.repeat(90)}` });
    expect(edited.uses).toEqual(['line 61 is not written there in one piece']);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
