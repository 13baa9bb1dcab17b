import type { World } from '../ports.ts';
import { onFreshDatabase } from './fresh-database.ts';
import type { Scanner } from './scanner.ts';
import { definitionIn, type Scanners, scanners } from './scanners.ts';
import type { ScannerConfig, ScannerOptions, ScannerSettings } from './settings.ts';
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
    const scanner = accepting(definition.create(world, { ...config, scanner: settings }, options), settings);
    return onFreshDatabase(world, scanner, definition, settings, options);
  });
  const [only, ...others] = made;
  return only === undefined || others.length > 0 ? sideBySide(made) : only;
}

// What the run accepts without proof of this scanner is no longer open.
function accepting(scanner: Scanner, { acceptUnproven = [] }: ScannerSettings): Scanner {
  if (acceptUnproven.length === 0) return scanner;
  return {
    ...scanner,
    scan: async (target) => {
      const { unproven = [], ...scan } = await scanner.scan(target);
      return { ...scan, unproven: unproven.filter(({ proof }) => !acceptUnproven.includes(proof)) };
    },
  };
}
