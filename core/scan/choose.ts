import type { World } from '../ports.ts';
import { commandScanner } from './command.ts';
import { onFreshDatabase } from './fresh-database.ts';
import { grypeScanner } from './grype.ts';
import type { Scanner } from './scanner.ts';
import type { ScannerConfig, ScannerOptions } from './settings.ts';
import { trivyScanner } from './trivy.ts';

/** The scanner that the configuration names; Trivy without a choice. */
export function createScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  return onFreshDatabase(world, scannerOf(world, config, options), config.scanner, options);
}

function scannerOf(world: World, config: ScannerConfig, options: ScannerOptions): Scanner {
  switch (config.scanner.tool ?? 'trivy') {
    case 'trivy':
      return trivyScanner(world, config, options);
    case 'grype':
      return grypeScanner(world, config, options);
    case 'command':
      return commandScanner(world, config, options);
  }
}
