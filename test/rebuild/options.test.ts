import { describe, expect, it } from 'vitest';
import type { OptionName } from '../../core/discover/options.ts';
import { optionNames } from '../../core/discover/options.ts';
import { whyNotAsked } from '../../core/rebuild/engines.ts';
import { namesOfOption } from '../../core/rebuild/image-build.ts';
import { type BuildingEngine, optionArguments, optionUses } from '../../core/rebuild/options.ts';
import { mayTake, takenSecrets } from '../../core/rebuild/secret-mounts.ts';

const engines: readonly BuildingEngine[] = ['buildx', 'docker', 'podman', 'buildah', 'acr-tasks'];
const from = 'docker-bake.hcl target.app';
const option = (name: OptionName, value: string) => ({ name, value, from });
const build = (name: OptionName, value: string) => ({
  build: {
    name: 'app',
    dockerfile: 'Dockerfile',
    context: '.',
    args: {},
    contexts: {},
    platforms: [],
    releases: [],
    provenance: {},
    options: [option(name, value)],
  },
});

describe('every option of a release build', () => {
  const values: Readonly<Record<OptionName, string>> = {
    label: 'a=1',
    annotation: 'index:a=1',
    'build-arg': 'V',
    secret: 'id=t',
    ssh: 'default',
    'add-host': 'h:1.1.1.1',
    network: 'none',
    'shm-size': '64m',
    ulimit: 'nofile=1:2',
    allow: 'network.host',
    'cgroup-parent': '/a',
    isolation: 'hyperv',
    sbom: '',
    provenance: 'mode=max',
    output: 'compression=zstd',
    'no-cache': 'true',
    'no-cache-filter': 'a',
    pull: 'true',
    'cache-from': 'a',
    'cache-to': 'a',
    unknown: 'frobnicate',
  };
  it.each(optionNames)('%s is used by an engine, or named as unsupported', (name) => {
    for (const engine of engines) {
      const refusal = whyNotAsked(engine, build(name, values[name]));
      const use = optionUses[name].uses[engine];
      if (use === undefined) {
        expect(refusal?.why).toContain(from);
        expect(refusal?.remedy).toContain('leave-out');
      } else expect(refusal).toBeUndefined();
    }
    expect(whyNotAsked('rebase', build(name, values[name]))).toBeUndefined();
  });

  it.each<[BuildingEngine, OptionName, string, readonly string[]]>([
    ['buildx', 'label', 'a=b c', ['--label=a=b c']],
    ['docker', 'add-host', 'h:1.1.1.1', ['--add-host=h:1.1.1.1']],
    ['podman', 'ulimit', 'nofile=1:2', ['--ulimit=nofile=1:2']],
    ['buildah', 'network', 'host', ['--network=host']],
    ['buildx', 'pull', 'true', []],
    ['buildx', 'secret', 'id=t,env=T', []],
  ])('%s is given %s %s', (engine, name, value, args) => {
    expect(optionArguments(engine, [option(name, value)])).toEqual(args);
  });

  it('is named with what can build it', () => {
    expect(whyNotAsked('acr-tasks', build('add-host', 'h:1.1.1.1'))).toEqual({
      kind: 'unsuitable',
      why: 'the release build asks for add-host h:1.1.1.1 (docker-bake.hcl target.app), which acr-tasks does not support',
      remedy:
        'build it with buildx or docker or podman or buildah, or name it under leave-out of images[].build to go without',
      ofTheImage: true,
    });
    expect(whyNotAsked('buildx', build('network', 'mynet'))?.why).toContain('network mynet');
    expect(whyNotAsked('buildx', build('unknown', 'frobnicate'))?.why).toBe(
      'the release build asks for "frobnicate" (docker-bake.hcl target.app), which is not understood',
    );
  });

  it.each([
    ['network=host', 'runner'],
    ['network=none', 'nothing'],
    ['allow=security.insecure', 'runner'],
    ['cgroup-parent=/x', 'runner'],
    ['add-host=h:1.1.1.1', 'nothing'],
  ])('%s names %s', (text, kind) => {
    expect(namesOfOption(text).kind).toBe(kind);
  });
});

it.each<[string, readonly string[]]>([
  ['RUN --mount=type=secret,id=t,required=true true', ['secret t 2']],
  ['RUN --mount=type=secret,id=t true', []],
  ['RUN --mount=type=secret,id=t,required=false true', []],
  ['RUN --mount=type=secret,target=/run/a/npm,required true', ['secret npm 2']],
  ['RUN --mount=type=ssh,required=true true', ['ssh default 2']],
  ['RUN --mount=type=ssh,id=k,required=1 \\\n --mount=type=cache,target=/c true', ['ssh k 2']],
  ['RUN --mount=type=secret,"id=a",required=true true', ['secret a 2']],
  ['RUN echo --mount=type=secret,id=t,required=true', []],
])('what %s requires', (line, expected) => {
  const { mounts } = takenSecrets(`FROM debian:12\n${line}\n`) ?? { mounts: [] };
  const found = mounts.filter(({ isRequired }) => isRequired);
  expect(found.map(({ type, id, line: at }) => `${type} ${id} ${at}`)).toEqual(expected);
});

it.each<[string, 'secret' | 'ssh', string, boolean]>([
  ['RUN --mount=type=secret,id=t true', 'secret', 't', true],
  ['RUN --mount=type=secret,id=t true', 'secret', 'u', false],
  ['RUN --mount=type=secret,id=t true', 'ssh', 'default', false],
  ['RUN --mount=type=ssh true', 'ssh', 'default', true],
  ['RUN --mount=type=secret,id=$ID true', 'secret', 't', true],
  ['ONBUILD RUN --mount=type=secret,id=t true', 'secret', 't', true],
  ['RUN true', 'secret', 't', false],
  ['ADD https://a.example/x /', 'secret', 'GIT_AUTH_TOKEN', true],
  ['ADD git@a.example:x.git /', 'ssh', 'default', true],
  ['ADD x /', 'secret', 'GIT_AUTH_TOKEN', false],
  ['no instruction "', 'secret', 't', false],
  ['ADD ["', 'secret', 't', false],
])('a build of %s may take the %s %s: %s', (line, type, id, expected) => {
  expect(mayTake(takenSecrets(`FROM debian:12\n${line}\n`), type, id)).toBe(expected);
});

it.each(['', '# syntax=acme/frontend:1\nFROM debian:12\n', '# escape=x\nFROM debian:12\n'])(
  'what reads no Dockerfile as it is known may take anything: %j',
  (text) => {
    expect(mayTake(takenSecrets(text), 'secret', 't')).toBe(true);
  },
);
