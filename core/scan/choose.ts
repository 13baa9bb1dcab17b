import type { World } from '../ports.ts';
import { aqua } from './adapters/aqua.ts';
import { defenderCli } from './adapters/defender-cli.ts';
import { adapterScanner } from './adapters/run-adapter.ts';
import { scout } from './adapters/scout.ts';
import { snyk } from './adapters/snyk.ts';
import { twistcli } from './adapters/twistcli.ts';
import { commandScanner } from './command.ts';
import { defenderScanner } from './defender.ts';
import { onFreshDatabase } from './fresh-database.ts';
import { grypeScanner } from './grype.ts';
import type { Scanner } from './scanner.ts';
import type { ScannerConfig, ScannerOptions } from './settings.ts';
import { sideBySide } from './side-by-side.ts';
import { trivyScanner } from './trivy.ts';

/** The scanner that the configuration names, or several side by side; Trivy without a choice. */
export function createScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  const { beside = [], ...first } = config.scanner;
  const scanners = [first, ...beside].map((scanner) =>
    onFreshDatabase(world, scannerOf(world, { ...config, scanner }, options), scanner, options),
  );
  const [only, ...others] = scanners;
  return only === undefined || others.length > 0 ? sideBySide(scanners) : only;
}

function scannerOf(world: World, config: ScannerConfig, options: ScannerOptions): Scanner {
  switch (config.scanner.tool ?? 'trivy') {
    case 'trivy':
      return trivyScanner(world, config, options);
    case 'grype':
      return grypeScanner(world, config, options);
    case 'twistcli':
      return adapterScanner(world, config, twistcli, options);
    case 'aqua':
      return adapterScanner(world, config, aqua, options);
    case 'scout':
      return adapterScanner(world, config, scout, options);
    case 'snyk':
      return adapterScanner(world, config, snyk, options);
    case 'defender':
      return defenderScanner(world, config, options);
    case 'defender-cli':
      return adapterScanner(world, config, defenderCli, options);
    case 'command':
      return commandScanner(world, config, options);
  }
}
