import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { createRecordingHost } from '../support/run.ts';
import type { Tree } from './canary-configurations.ts';
import { hostileTrees, plainTrees } from './canary-trees.ts';
import { watch } from './watched-world.ts';

let server: TestRegistry;
let folder: string;
/** A repository without a commit. */
let template: string;
const plain: Record<string, Taken> = {};
beforeAll(async () => {
  server = await startRegistry({ authentication: { kind: 'token', access: { '*': { anonymous: ['pull'] } } } });
  const base = makeImage({ layers: [await makeLayer({ base: '1' })] });
  const web = makeImage({ base, layers: [await makeLayer({ app: '1' })] });
  for (const tag of ['1', '2']) await pushImage(server.store, 'library/base', makeIndex([base]), tag);
  await pushImage(server.store, 'team/web', makeIndex([web]), '1');
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bir-canaries-')));
  template = join(folder, 'empty/.git');
  execFileSync('git', ['init', '-q', join(folder, 'empty')]);
  for (const tree of plainTrees) {
    const top = runner(tree);
    for (const command of Object.keys(commands)) {
      const taken = takenBy(await runOn(top, command));
      plain[command] = union(plain[command], taken);
    }
  }
}, 120_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What stands on the runner and in its environment, and never in anything that a run says or hands on. */
const canary = 'canary8f3d';

const commands: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  detect: {},
  check: {},
  plan: {},
  doctor: { offline: 'true' },
  refresh: { 'dry-run': 'true' },
  update: {},
};

/** The runner: a checkout, a home and a folder beside it whose files are nobody's business. */
function runner(tree: Tree): string {
  const top = mkdtempSync(join(folder, 'runner-'));
  const expanded = (text: string) => text.replaceAll('{host}', server.host).replaceAll('{top}', top);
  const write = (name: string, text: string) => {
    const path = join(top, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, expanded(text));
  };
  for (const [name, text] of Object.entries(surroundings)) write(name, text);
  chmodSync(join(top, 'bin/docker'), 0o755);
  for (const [name, text] of Object.entries(tree.files)) write(`repository/${name}`, text);
  for (const [name, target] of Object.entries(tree.links ?? {})) {
    const path = join(top, 'repository', name);
    rmSync(path, { force: true });
    symlinkSync(expanded(target), path);
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: join(top, 'repository'),
    });
  cpSync(template, join(top, 'repository/.git'), { recursive: true });
  git('add', '--force', '.');
  git('commit', '-q', '-m', 'first');
  for (const [name, target] of Object.entries(tree.untracked ?? {})) {
    mkdirSync(expanded(target), { recursive: true });
    symlinkSync(expanded(target), join(top, 'repository', name));
  }
  return top;
}

const surroundings = {
  // It says what it was given, as a broken tool may.
  'bin/docker': '#!/bin/sh\necho "ERROR: $(env)" | tr "\\n" " " >&2\nexit 1\n',
  'home/.docker/config.json': '{}',
  'home/.ssh/id_rsa': `key ${canary}`,
  'outside/secret': canary,
  'outside/Dockerfile': `FROM {host}/library/base:1\nLABEL canary=${canary}\n`,
  'outside/compose.yaml': `services: { web: { image: "{host}/team/${canary}:1", build: . } }\n`,
  'outside/env': `CANARY=${canary}\n`,
  'outside/policy.yml': 'gate: { severity-threshold: critical }\n',
  'outside/config.yml': `images: [{ dockerfile: Dockerfile, name: ${canary} }]\n`,
  'outside/steps.yml': `steps: [{ script: "docker build -t {host}/team/${canary} ." }]\n`,
};

async function runOn(top: string, command: string, inputs: Readonly<Record<string, string>> = {}) {
  const root = join(top, 'repository');
  const real = createWorld({ cwd: root });
  const env = {
    PATH: `${join(top, 'bin')}:${process.env.PATH}`,
    HOME: join(top, 'home'),
    CANARY_TOKEN: canary,
    CANARY_FILE: join(top, 'outside/secret'),
    SSH_AUTH_SOCK: '/run/agent',
  };
  const watched = watch(real, env, root);
  const host = createRecordingHost({ command, ...commands[command], ...inputs });
  const conclusion = await run(host, watched.world);
  await real.close();
  const { lines, annotations, printed, outputs, ended } = host;
  const said = JSON.stringify({ lines, annotations, printed, outputs, ended });
  return { ...watched, conclusion, said: [said, ...written(join(root, '.base-image-refresh'))].join('\n') };
}

function written(output: string): readonly string[] {
  if (!existsSync(output) || lstatSync(output).isSymbolicLink()) return [];
  const entries = readdirSync(output, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => readFileSync(join(one.parentPath, one.name), 'utf8'));
}

interface Taken {
  readonly variables: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
  readonly programs: ReadonlySet<string>;
}

function takenBy({ variables, places, commands: started }: Awaited<ReturnType<typeof runOn>>): Taken {
  return { variables, places, programs: new Set(started.map(({ file }) => basename(file))) };
}

function union(one: Taken | undefined, other: Taken): Taken {
  return {
    variables: new Set([...(one?.variables ?? []), ...other.variables]),
    places: new Set([...(one?.places ?? []), ...other.places]),
    programs: new Set([...(one?.programs ?? []), ...other.programs]),
  };
}

/** What a run took of its runner that no run on a plain repository takes. */
function takenBeyond(command: string, run: Awaited<ReturnType<typeof runOn>>): readonly string[] {
  const taken = takenBy(run);
  const usual = plain[command];
  return (['variables', 'places', 'programs'] as const).flatMap((kind) =>
    [...taken[kind]].filter((one) => usual?.[kind].has(one) !== true).map((one) => `${kind}: ${one}`),
  );
}

// A dry refresh reads all that detect, check and plan read: those are tried on every fourth tree, and CANARIES=whole on all.
const widest = ['refresh', 'doctor', 'update'];

function commandsFor(tree: Tree): readonly string[] {
  const isWhole = process.env.CANARIES === 'whole' || hostileTrees.indexOf(tree) % 4 === 0;
  return isWhole ? Object.keys(commands) : widest;
}

test.each(hostileTrees)('no file changes what of the runner is read: $what', { timeout: 120_000 }, async (tree) => {
  const top = runner(tree);
  for (const command of commandsFor(tree)) {
    const hostile = await runOn(top, command);
    expect.soft(takenBeyond(command, hostile), command).toEqual([]);
    expect.soft(hostile.said.includes(canary), `${command} says a canary: ${hostile.said}`).toBe(false);
    expect.soft(JSON.stringify(hostile.commands), command).not.toContain(canary);
  }
});

test('what the run itself allows is seen to be read', async () => {
  const top = runner({
    what: 'a policy beside the repository',
    files: {
      Dockerfile: 'FROM {host}/library/base:1\n',
      '.base-image-refresh.yml': 'policies: [../outside/policy.yml]\n',
    },
  });
  const allowed = await runOn(top, 'check', { allow: 'policy=../outside/policy.yml' });
  expect(takenBeyond('check', allowed)).toContain('places: read outside/policy.yml');
  const real = createWorld({ cwd: top });
  const { world, variables } = watch(real, { CANARY_TOKEN: canary }, top);
  expect([world.env.CANARY_TOKEN, [...variables]]).toEqual([canary, ['CANARY_TOKEN']]);
  await real.close();
});

test('plain repositories take of the runner what a run needs', () => {
  expect([...(plain.check?.variables ?? [])]).toEqual(expect.arrayContaining(['HOME', 'PATH', 'DOCKER_CONFIG']));
  expect([...(plain.check?.variables ?? [])].filter((name) => name.startsWith('CANARY'))).toEqual([]);
  expect([...(plain.check?.places ?? [])]).toContain('read home/.docker/config.json');
  expect([...(plain.check?.places ?? [])].filter((place) => place.includes('outside'))).toEqual([]);
  expect([...(plain.check?.programs ?? [])]).toEqual(expect.arrayContaining(['docker', 'git']));
});
