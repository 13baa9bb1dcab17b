import { describe, expect, onTestFinished, test } from 'vitest';
import type { World } from '../../core/ports.ts';
import { findTool } from '../../core/tools/find-tool.ts';
import { createWorld } from '../../core/world.ts';

describe('findTool', () => {
  async function worldWith(files: readonly string[], changes: Partial<World> = {}) {
    const world = createWorld();
    onTestFinished(() => world.close());
    const root = await world.files.temporaryDirectory('tool');
    for (const file of files) await world.files.write(`${root}/${file}`, 'program');
    return { root, world: { ...world, cwd: root, env: { PATH: `bin:${root}/a:${root}/b` }, ...changes } };
  }
  const query = { name: 'trivy', remedy: 'install it' };

  test('takes the first on PATH, and nothing of a relative entry', async () => {
    const { root, world } = await worldWith(['bin/trivy', 'b/trivy']);
    expect(await findTool(world, query)).toBe(`${root}/b/trivy`);
  });

  test('takes a configured path, relative to the working folder', async () => {
    const { root, world } = await worldWith(['bin/other']);
    expect(await findTool(world, { ...query, path: 'bin/other' })).toBe(`${root}/bin/other`);
    expect(await findTool(world, { ...query, path: `${root}/bin/other` })).toBe(`${root}/bin/other`);
  });

  test('looks for a configured bare name on PATH', async () => {
    const { root, world } = await worldWith(['a/trivy', 'b/trivy-next', 'trivy-next']);
    expect(await findTool(world, { ...query, path: 'trivy-next' })).toBe(`${root}/b/trivy-next`);
    await expect(findTool(world, { ...query, path: 'trivy-last' })).rejects.toThrow('trivy-last: is not on PATH');
  });

  test('takes no folder of that name', async () => {
    const { world } = await worldWith(['a/trivy/file']);
    await expect(findTool(world, query)).rejects.toThrow('trivy: is not on PATH; install it.');
    await expect(findTool(world, { ...query, path: './a' })).rejects.toThrow('there is no such program; install it.');
  });

  test('looks for programs of Windows there', async () => {
    const asked: string[] = [];
    const { world } = await worldWith([]);
    const files: World['files'] = {
      ...world.files,
      stat: async (path) => {
        asked.push(path);
        return { kind: path === 'D:\\tools\\trivy.exe' ? 'file' : 'absent', size: 1 };
      },
    };
    const platform = { os: 'win32', architecture: 'x64' } as const;
    const there: World = { ...world, files, platform, env: { Path: 'C:\\x;D:\\tools' } };
    expect(await findTool(there, query)).toBe('D:\\tools\\trivy.exe');
    expect(asked).toEqual(['C:\\x\\trivy.exe', 'D:\\tools\\trivy.exe']);
  });
});
