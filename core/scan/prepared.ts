import pLimit from 'p-limit';
import type { PlatformScan, Scanner, ScanTarget } from './scanner.ts';
import { type ScannerConfig, scansAtOnce } from './settings.ts';

/** What a scanner with a database of its own consists of. */
export interface ScannerParts<Ready> {
  /** Finds the program and fetches its database. */
  readonly prepare: () => Promise<Ready>;
  readonly scan: (ready: Ready, target: ScanTarget) => Promise<PlatformScan>;
}

/** A scanner that is prepared once, before its first scan, whichever scan that is. */
export function preparedScanner<Ready>(
  name: string,
  config: ScannerConfig,
  { prepare, scan }: ScannerParts<Ready>,
): Scanner {
  const limit = pLimit(scansAtOnce(config));
  let ready: Promise<Ready> | undefined;
  const prepared = () => {
    ready ??= prepare();
    return ready;
  };
  return {
    name,
    prepare: async () => void (await prepared()),
    scan: async (target) => {
      const made = await prepared();
      return limit(() => scan(made, target));
    },
  };
}
