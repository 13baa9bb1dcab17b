import { joinFindings } from './agree.ts';
import type { ScannerIdentity } from './finding.ts';
import type { PlatformScan, Scanner, ScannerInventory } from './scanner.ts';

/** Several scanners of the same images: what any of them finds counts, and where one of them fails the scan has failed. */
export function sideBySide(scanners: readonly Scanner[]): Scanner {
  return {
    name: scanners.map(({ name }) => name).join(' + '),
    prepare: async () => {
      for (const scanner of scanners) await scanner.prepare?.();
    },
    scan: async (target) => {
      // All are waited for: a process that goes on after the run has failed would write where the next one reads.
      const outcomes = await Promise.allSettled(scanners.map((scanner) => scanner.scan(target)));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return joinScans(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])));
    },
  };
}

function joinScans(scans: readonly PlatformScan[]): PlatformScan {
  const identities = scans.map(({ scanner }) => scanner);
  const inventory = joinInventories(scans.flatMap((scan) => scan.inventory ?? []));
  return {
    scanner: joinIdentities(identities),
    scanners: identities,
    findings: joinFindings(scans.map(({ scanner, findings }) => ({ scanner: scanner.name, findings }))),
    ...(inventory === undefined ? {} : { inventory }),
    unproven: scans.flatMap(({ unproven = [] }) => unproven),
  };
}

/** Several scanners as one: their names and versions, and the oldest of their databases. */
function joinIdentities(identities: readonly ScannerIdentity[]): ScannerIdentity {
  const dates = identities.flatMap(({ database }) => database ?? []);
  const oldest = dates.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  return {
    name: identities.map(({ name }) => name).join(' + '),
    version: identities.map(({ version }) => version).join(' + '),
    database: oldest ?? null,
    ...(identities.some(({ databaseExpired }) => databaseExpired) ? { databaseExpired: true } : {}),
  };
}

// A scanner that recognised nothing vouches for nothing, but need not: the other's word counts.
function joinInventories(inventories: readonly ScannerInventory[]): ScannerInventory | undefined {
  if (inventories.length === 0) return undefined;
  const packages = inventories.flatMap((each) => each.packages ?? []);
  const distribution = inventories.find((each) => each.distribution !== undefined)?.distribution;
  return {
    ...(packages.length === 0 ? {} : { packages: Math.max(...packages) }),
    ...(distribution === undefined ? {} : { distribution }),
    ...(inventories.some(({ endOfLife }) => endOfLife) ? { endOfLife: true } : {}),
  };
}
