import { attempt, FailureError } from '../failure.ts';
import type { World } from '../ports.ts';
import { findTool, type ToolQuery } from '../tools/find-tool.ts';
import { installScanner } from './install/install.ts';
import type { InstallableTool } from './install/releases.ts';
import type { ScannerSettings } from './settings.ts';

/**
 * The executable of a scanner: the one that is named; an exact version, installed, where one is asked for; else the one on
 * PATH; else, where that is allowed, the version that is built in.
 */
export async function scannerProgram(
  world: World,
  tool: InstallableTool,
  settings: ScannerSettings,
  log: (line: string) => void,
): Promise<string> {
  const { path, install = false, version, downloadUrl } = settings;
  const installation = {
    tool,
    log,
    ...(version === undefined ? {} : { version }),
    ...(downloadUrl === undefined ? {} : { downloadUrl }),
  };
  const query = installableQuery(tool, settings);
  if (path !== undefined) return findTool(world, query);
  if (install && version !== undefined) return installScanner(world, installation);
  const found = await attempt(tool.name, () => findTool(world, query));
  if (found.kind === 'done') return found.value;
  if (!install) throw new FailureError(found.failure);
  return installScanner(world, installation);
}

/** What is looked for on this machine. */
export function installableQuery({ name, title }: InstallableTool, { path }: Pick<ScannerSettings, 'path'>): ToolQuery {
  const remedy = `install ${title}, let --scanner-install do it, or name its executable with --scanner-path`;
  return { name, remedy, ...(path === undefined ? {} : { path }) };
}
