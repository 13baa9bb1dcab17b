import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Detection, detect } from '../../core/commands/detect-document.ts';
import type { Config } from '../../core/config/model.ts';
import { loadConfig } from '../../core/config.ts';
import { type Discovery, discover } from '../../core/discover/discover.ts';
import { fail } from '../../core/failure.ts';
import type { World } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';
import { createRecordingHost } from '../support/run.ts';

/** A folder called "shop" with these files, removed when the test ends. */
export function shop(files: Readonly<Record<string, string>>): string {
  const parent = mkdtempSync(join(tmpdir(), 'bir-discover-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const root = join(parent, 'shop');
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

async function given(root: string, inputs: Readonly<Record<string, string>>): Promise<[World, Config]> {
  const world = createWorld();
  onTestFinished(() => world.close());
  const host = createRecordingHost({ command: 'check', path: root, ...inputs });
  return [world, await loadConfig(host, world)];
}

/** What is discovered where one folder cannot be listed; permissions would not keep root out of it. */
export async function discoveredWithout(root: string, folder: string): Promise<Discovery> {
  const [world, config] = await given(root, {});
  const closed = join(root, folder);
  const list: World['files']['list'] = (path) =>
    path === closed
      ? Promise.reject(fail('unreadable', path, 'permission denied', 'check that you may use it'))
      : world.files.list(path);
  return discover({ ...world, files: { ...world.files, list } }, config);
}

/** What is discovered in a folder with these inputs. */
export async function discovered(root: string, inputs: Readonly<Record<string, string>> = {}): Promise<Discovery> {
  return discover(...(await given(root, inputs)));
}

/** What is discovered where the run has this environment and no other. */
export async function discoveredIn(root: string, env: Readonly<Record<string, string>>): Promise<Discovery> {
  const [world, config] = await given(root, {});
  return discover({ ...world, env }, config);
}

/** What is discovered where git answers so to commands that begin with these words, and no other program is there. */
export async function discoveredWhereGitSays(
  root: string,
  answers: (root: string) => Readonly<Record<string, string>>,
): Promise<Discovery> {
  const [world, config] = await given(root, {});
  const known = Object.entries(answers(root));
  const exec: World['exec'] = async ({ file, args }) => {
    if (file !== 'git') return { kind: 'not-found' };
    const command = args.join(' ').replace(/^(?:-c \S+ )*/, '');
    const answer = known.find(([words]) => command.startsWith(words))?.[1];
    return { kind: 'exited', code: answer === undefined ? 1 : 0, stdout: answer ?? '', stderr: '' };
  };
  return discover({ ...world, exec, env: {} }, config);
}

/** What `detect` says of a folder. */
export async function detected(root: string, inputs: Readonly<Record<string, string>> = {}): Promise<Detection> {
  return detect(...(await given(root, { command: 'detect', ...inputs })));
}

/** `name dockerfile` of each build. */
export async function named(root: string, inputs: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { builds } = await discovered(root, inputs);
  return builds.map(({ build }) => `${build.name} ${build.dockerfile}`);
}
