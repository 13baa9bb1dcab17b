import { describe, expect, test } from 'vitest';
import type { LayerEntry, LayerFiles } from '../../../core/layers/layer-files.ts';
import { parseReference } from '../../../core/oci/reference.ts';
import { rebasedLabels } from '../../../core/rebuild/rebase/buildpacks.ts';
import { readHistory } from '../../../core/rebuild/rebase/history.ts';
import { mergeConfigs } from '../../../core/rebuild/rebase/merge-config.ts';
import { ownSettings } from '../../../core/rebuild/rebase/own-settings.ts';
import { unmetRules } from '../../../core/rebuild/rebase/rules.ts';
import { layer, osRelease } from '../../layers/layers.ts';
import { digestNo } from '../support.ts';
import { evidenceOf, type Scene } from './evidence.ts';

/** Layers in one. */
function together(...layers: readonly LayerFiles[]): LayerFiles {
  return { entries: new Map(layers.flatMap(({ entries }) => [...entries])), whiteouts: [], opaque: [] };
}

function file(path: string, entry: Partial<Extract<LayerEntry, { kind: 'file' }>>): LayerFiles {
  return { entries: new Map([[path, { kind: 'file', ...entry }]]), whiteouts: [], opaque: [] };
}

const passwd = (uid: number) => file('etc/passwd', { text: `root:x:0:0::/root:\napp:x:${uid}:${uid}::/app:\n` });
const release = (version = '12') => osRelease('etc/os-release', 'ID=debian', `VERSION_ID=${version}`);
const base = together(release(), layer('bin/sh', 'bin/mkdir', 'bin/touch', 'etc/', 'srv/'), passwd(1000));
const page = { createdBy: 'COPY page /app/page # buildkit', files: layer('app/', 'app/page') };

function unmet(scene: Partial<Scene>): readonly string[] {
  const config = { Env: ['PATH=/bin'] };
  const configs = { before: config, after: config, ...scene.configs };
  const evidence = evidenceOf({ before: base, after: base, own: [page], ...scene, configs });
  return unmetRules(evidence).map(({ rule, why }) => `${rule}: ${why}`);
}

test('files of its own on a base that changed elsewhere are proved', () => {
  expect(unmet({ after: together(base, layer('etc/new')) })).toEqual([]);
});

describe('history', () => {
  test.each([
    ['RUN /bin/sh -c mkdir -p /made # buildkit', layer('made/')],
    [
      'RUN |1 A=b /bin/sh -c mkdir -p /made && touch /made/x # buildkit',
      together(layer('made/'), file('made/x', { hash: emptyHash() })),
    ],
    ['/bin/sh -c mkdir /made', layer('made/')],
    ['RUN /bin/sh -c true # buildkit', layer()],
  ])('%s is harmless', (createdBy, files) => {
    expect(unmet({ own: [{ createdBy, files }] })).toEqual([]);
  });

  test.each([
    ['RUN /bin/sh -c cat /etc/motd > /made # buildkit', 'whose result may depend on the base'],
    ['RUN /bin/sh -c mkdir /made/$VERSION # buildkit', 'whose result may depend on the base'],
    ['RUN /bin/sh -c mkdir /srv # buildkit', 'and a base has srv'],
    ['RUN /bin/sh -c chown 7 /made # buildkit', 'and the new base has no chown'],
  ])('%s is not', (createdBy, why) => {
    expect(unmet({ own: [{ createdBy, files: layer('made/') }] })).toEqual([
      `history: its history has RUN ${JSON.stringify(createdBy.slice(4).replace(' # buildkit', ''))}, ${why}`,
    ]);
  });

  test('a harmless form whose layer holds more is not', () => {
    const own = [{ createdBy: 'RUN /bin/sh -c mkdir /made # buildkit', files: file('made/x', { hash: 'ff' }) }];
    expect(unmet({ own })).toContain(
      'history: layer 2 was made by RUN and holds more than folders, links and files that it had before',
    );
  });

  test('a copy of what only the old base has is found', () => {
    const library = file('usr/lib/libssl.so.3', { hash: 'aa', size: 1000 });
    const own = [
      { createdBy: 'COPY --from=x lib /app/ # buildkit', files: file('app/libssl.so.3', { hash: 'aa', size: 1000 }) },
    ];
    const why = 'history: layer 2 has a copy of usr/lib/libssl.so.3 of the old base as app/libssl.so.3';
    expect(unmet({ before: together(base, library), own })).toEqual([why]);
    expect(unmet({ before: together(base, library), after: together(base, library), own })).toEqual([]);
  });

  test('a Dockerfile in a language of another frontend shows nothing of what feeds the image', () => {
    const dockerfile = '# syntax=example/x\nFROM debian:12 AS a\nINCLUDE ./b\nFROM debian:12\nCOPY --from=a /x /x\n';
    expect(unmet({ dockerfile })).toEqual([
      'history: its Dockerfile cannot be read, so it is not known what feeds the image: line 3: unknown instruction: INCLUDE',
    ]);
  });

  test.each([
    ['${BASE}', 'debian:12', true],
    ['$BASE', 'debian:12', true],
    ['${REGISTRY}/debian:12', 'debian:12', true],
    ['debian:${V}', 'docker.io/library/debian:12', true],
    ['debian${V:-/x}', 'debian:12', true],
    ['${A:-${B}}', 'debian:12', true],
    ['node:${V}', 'node:${V}', true],
    ['node:${V}', 'node:${W}-slim', true],
    ['node:${V}', 'node:$V-slim', false],
    ['golang:${V}', 'debian:12', false],
    ['${REGISTRY}/golang:1', '${REGISTRY}/distroless:1', false],
    ['golang@sha256:${V}', 'alpine:${V}', false],
  ])('files of a stage on %s below %s: of the same base %j', (from, own, isOfBase) => {
    const dockerfile = `ARG V\nFROM ${from} AS made\nFROM ${own}\nCOPY --from=made /x /x\n`;
    const why = 'history: its Dockerfile takes files from the stage "made", which stands on the same base';
    expect(unmet({ dockerfile })).toEqual(isOfBase ? [why] : []);
  });

  test('a stage on the same base that feeds the image makes it depend on it', () => {
    const dockerfile =
      'FROM debian:12 AS base\nFROM base AS made\nRUN make\nFROM base\nCOPY --from=made /x /app/page\n';
    expect(unmet({ dockerfile })).toEqual([
      'history: its Dockerfile takes files from the stage "made", which stands on the same base',
    ]);
    const same = 'history: its Dockerfile takes files from the stage "made", which stands on the same base';
    const named = 'FROM docker.io/library/debian:12 AS made\nFROM debian:12\nCOPY --from=made /x /app/page\n';
    expect(unmet({ dockerfile: named })).toEqual([same]);
    expect(unmet({ dockerfile: 'FROM debian:12\nCOPY --from=debian:12 /x /app/page\n' })).toEqual([
      'history: its Dockerfile takes files from "debian:12", which is the base itself',
    ]);
    const scratch = 'FROM scratch AS made\nCOPY x /x\nFROM debian:12\nCOPY --from=made /x /app/page\n';
    expect(unmet({ dockerfile: scratch })).toEqual([]);
    expect(unmet({ dockerfile: 'FROM golang AS made\nFROM debian:12\nCOPY --from=made /x /app/page\n' })).toEqual([]);
  });

  test.each([
    ['CMD ["x"]', 'its history has a layer of CMD, which makes none: it was squashed'],
    ['something else', 'its history has "something else", which is not understood'],
  ])('%s is no layer that a build made', (createdBy, why) => {
    expect(unmet({ own: [{ createdBy, files: layer('app') }] })).toEqual([`history: ${why}`]);
  });
});

function emptyHash(): string {
  return 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
}

describe('references', () => {
  const tool = { createdBy: 'COPY tool /app/ # buildkit' };

  test.each<[string, Partial<Scene>, string]>([
    [
      'a link',
      { before: together(base, layer('opt/tool')), own: [{ ...tool, files: layer('app/tool -> /opt/tool') }] },
      'its link app/tool leads to a file on the old base and to a nothing on the new one',
    ],
    [
      'an interpreter',
      {
        before: together(base, layer('bin/python3')),
        own: [
          { ...tool, files: file('app/tool', { program: { kind: 'script', interpreter: '/usr/bin/env python3' } }) },
        ],
      },
      'app/tool is run with python3, which the new base does not have',
    ],
    [
      'a virtual environment',
      {
        before: together(base, layer('bin/python3 -> python3.9', 'bin/python3.9')),
        after: together(base, layer('bin/python3 -> python3.11', 'bin/python3.11')),
        own: [{ ...tool, files: file('venv/pyvenv.cfg', { text: 'home = /bin\n' }) }],
      },
      'venv/pyvenv.cfg stands on /bin/python3, which is bin/python3.9 on the old base and bin/python3.11 on the new one',
    ],
    [
      'an entry point',
      {
        before: together(base, layer('bin/start')),
        configs: { app: { Env: ['PATH=/bin'], Entrypoint: ['start'] } },
      },
      'its entry point is start, which the new base does not have',
    ],
    [
      'a variable that was expanded',
      {
        configs: {
          before: { Env: ['PATH=/bin', 'VERSION=1.0.7'] },
          after: { Env: ['PATH=/bin', 'VERSION=2.0.0'] },
          app: { Env: ['PATH=/bin', 'VERSION=1.0.7', 'HERE=x-1.0.7'] },
        },
        own: [page, { createdBy: 'ENV HERE=x-1.0.7' }],
      },
      'the base changed the variable VERSION, and its old value stands in "ENV HERE=x-1.0.7"',
    ],
  ])('%s that leads elsewhere is found', (_, scene, why) => {
    expect(unmet(scene)).toContain(`references: ${why}`);
  });

  test('a library that no longer offers the version of a symbol is found', () => {
    const facts = { machine: 62, runpath: [], needed: ['libx.so.1'], needs: ['libx.so.1 X_2'], offers: [] };
    const library = (hash: string, ...offers: readonly string[]) =>
      file('usr/lib/libx.so.1', {
        hash,
        program: { kind: 'elf', facts: { machine: 62, runpath: [], needed: [], needs: [], offers } },
      });
    const own = [{ ...tool, files: file('app/tool', { program: { kind: 'elf', facts } }) }];
    const before = together(base, library('a', 'X_1', 'X_2'));
    expect(unmet({ before, after: together(base, library('b', 'X_1', 'X_2')), own })).toEqual([]);
    expect(unmet({ before, after: together(base, library('c', 'X_1')), own })).toEqual([
      "references: its program app/tool needs X_2 of libx.so.1, which the new base's no longer offers",
    ]);
    expect(unmet({ before, own })).toEqual([
      'references: its program app/tool needs libx.so.1, which the new base does not have',
    ]);
  });
});

test('users whom the new base numbers otherwise are found', () => {
  const after = together(base, passwd(1001));
  expect(unmet({ after, own: [page, { createdBy: 'USER app' }] })).toEqual([
    'identities: it runs as "app", whom the new base knows by another name, group or home',
  ]);
});

test('another release of a language that own files are written in is found', () => {
  const own = [{ createdBy: 'COPY app.py /app/ # buildkit', files: layer('app/app.py') }];
  const of = (version: string) => together(base, layer(`usr/lib/python${version}/os.py`));
  expect(unmet({ before: of('3.11'), after: of('3.11'), own })).toEqual([]);
  expect(unmet({ before: of('3.11'), after: of('3.12'), own })).toEqual([
    'runtimes: it has app/app.py, and Python of the base went from python3.11 to python3.12',
  ]);
});

test('what an image set stays, though its old base had the same', () => {
  const before = { Env: ['MODE=production'], Cmd: ['sh'], Labels: { vendor: 'a', other: '1' } };
  const history = ['ENV MODE=production', 'LABEL vendor=a', 'CMD ["sh"]'].map((by) => ({
    created_by: by,
    empty_layer: true,
  }));
  const { sure } = ownSettings(readHistory(history), before);
  const after = { Env: ['MODE=development'], Cmd: ['bash'], Labels: { vendor: 'b', other: '2' } };
  expect(mergeConfigs({ before, after, app: before, own: sure }).config).toEqual({
    ...before,
    Labels: { vendor: 'a', other: '2' },
  });
});

test('an own entry point takes the command of the base away, and how that was escaped follows the new base', () => {
  const { sure } = ownSettings(readHistory([{ created_by: 'ENTRYPOINT ["/app"]', empty_layer: true }]), {});
  const before = { Cmd: ['sh'], ArgsEscaped: true };
  const app = { Entrypoint: ['/app'], ArgsEscaped: true };
  expect(mergeConfigs({ before, after: {}, app, own: sure }).config).toEqual({ Entrypoint: ['/app'] });
  expect(mergeConfigs({ before, after: before, app, own: sure }).config).toEqual(app);
});

test('a value that looks like a name leaves it open whose the variable is', () => {
  const configs = {
    before: { Env: ['PATH=/bin', 'B=1'] },
    after: { Env: ['PATH=/bin', 'B=2'] },
    app: { Env: ['PATH=/bin', 'B=1', 'A=later'] },
  };
  const own = [page, { createdBy: 'ENV A=x B=1' }, { createdBy: 'ENV A=later' }];
  expect(unmet({ configs, own })).toContain(
    'history: nothing says for certain whether the image set the variable B or has it from its base, which changed it',
  );
});

test('labels of buildpacks name the new run image, whose own labels are taken over', () => {
  const metadata = { app: [], runImage: { topLayer: 'sha256:old', reference: 'r/run@sha256:old', image: 'r/run' } };
  const labels = {
    'io.buildpacks.lifecycle.metadata': JSON.stringify(metadata),
    'io.buildpacks.base.distro.version': '12.1',
    mine: '1',
  };
  const run = {
    topLayer: digestNo(7),
    reference: 'r/run@sha256:new',
    name: parseReference('r/run:1'),
    labels: { 'io.buildpacks.base.distro.version': '12.2', theirs: '1' },
  };
  const { 'io.buildpacks.lifecycle.metadata': written, ...rest } = rebasedLabels(labels, run);
  expect(JSON.parse(String(written))).toEqual({
    app: [],
    runImage: { topLayer: digestNo(7), reference: 'r/run@sha256:new', image: 'r/run' },
  });
  expect(rest).toEqual({ 'io.buildpacks.base.distro.version': '12.2', mine: '1' });
  const moved = rebasedLabels(labels, { ...run, name: parseReference('ghcr.io/other/run:1') });
  const other = { image: 'ghcr.io/other/run:1', mirrors: [] };
  expect(JSON.parse(String(moved['io.buildpacks.lifecycle.metadata']))).toEqual({
    app: [],
    stack: { runImage: other },
    runImage: { ...other, topLayer: digestNo(7), reference: 'r/run@sha256:new' },
  });
});
