import { attempt, FailureError } from '../failure.ts';
import type { World } from '../ports.ts';
import { findTool } from '../tools/find-tool.ts';
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
  const names = { trivy: 'Trivy', grype: 'Grype' };
  const remedy = `install ${names[tool]}, let scanner-install do it, or name its executable with scanner-path`;
  if (path !== undefined) return findTool(world, { name: tool, remedy, path });
  if (install && version !== undefined) return installScanner(world, installation);
  const found = await attempt(tool, () => findTool(world, { name: tool, remedy }));
  if (found.kind === 'done') return found.value;
  if (!install) throw new FailureError(found.failure);
  return installScanner(world, installation);
}
