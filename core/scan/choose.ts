import type { World } from '../ports.ts';
import { onFreshDatabase } from './fresh-database.ts';
import type { Scanner } from './scanner.ts';
import { definitionIn, type Scanners, scanners } from './scanners.ts';
import type { ScannerConfig, ScannerOptions } from './settings.ts';
import { sideBySide } from './side-by-side.ts';

/** The scanner that the configuration names, or several side by side; Trivy without a choice. */
export function createScanner(
  world: World,
  config: ScannerConfig,
  options: ScannerOptions = {},
  table: Scanners = scanners,
): Scanner {
  const { beside = [], ...first } = config.scanner;
  const made = [first, ...beside].map((settings) => {
    const definition = definitionIn(table, settings.tool);
    const scanner = definition.create(world, { ...config, scanner: settings }, options);
    return onFreshDatabase(world, scanner, definition, settings, options);
  });
  const [only, ...others] = made;
  return only === undefined || others.length > 0 ? sideBySide(made) : only;
}
