import { win32 } from 'node:path';
import { attempt } from '../../failure.ts';
import type { Command, World } from '../../ports.ts';
import { foldersOnWindows } from '../../world/windows-program.ts';

/**
 * How the Azure CLI is started; undefined where it is not there. On Windows `az` is a script of the command processor, which
 * would take arguments for commands: the Python that its installer puts beside it is started as that script does.
 */
export async function azureCli(world: World): Promise<Pick<Command, 'file' | 'args'> | undefined> {
  if (world.platform.os !== 'win32') return { file: 'az', args: [] };
  for (const folder of foldersOnWindows(world.env)) {
    if (!(await isFile(world, win32.join(folder, 'az.cmd')))) continue;
    const python = win32.join(folder, '..', 'python.exe');
    return (await isFile(world, python)) ? { file: python, args: ['-IBm', 'azure.cli'] } : undefined;
  }
  return undefined;
}

async function isFile({ files }: World, path: string): Promise<boolean> {
  const looked = await attempt(path, () => files.stat(path));
  return looked.kind === 'done' && looked.value.kind === 'file';
}
