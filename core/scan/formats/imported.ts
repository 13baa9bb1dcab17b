import type { Finding } from '../finding.ts';
import type { Unproven } from '../proof.ts';
import type { ScannerInventory } from '../scanner.ts';

/** What a report of a known format says, whichever tool wrote it. */
export interface ImportedScan {
  /** As the tool names itself. */
  readonly name: string;
  readonly version: string | null;
  /** Every release that it says it comes of, where it names several. */
  readonly versions?: readonly string[];
  readonly database: string | null;
  readonly findings: readonly Finding[];
  readonly inventory?: ScannerInventory;
  /** What it leaves open. */
  readonly unproven: readonly Unproven[];
}
