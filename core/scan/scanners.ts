import { namesOf, tableOf } from '../table.ts';
import type { Adapter } from './adapters/adapter.ts';
import { adapters } from './adapters/adapters.ts';
import { adapterQuery, adapterScanner } from './adapters/run-adapter.ts';
import { commandQuery, commandScanner } from './command.ts';
import { defenderScanner } from './defender.ts';
import type { ScannerDefinition } from './definition.ts';
import { grype } from './grype/definition.ts';
import type { InstallableTool } from './install/releases.ts';
import { defaultScanner, type ScannerName } from './settings.ts';
import { trivy } from './trivy/definition.ts';

/** Scanners by the name under which they are chosen. */
export type Scanners = Readonly<Record<ScannerName, ScannerDefinition>>;

/** Every scanner that can be chosen. */
export const scanners: Scanners = {
  trivy,
  grype,
  ...adapted(adapters),
  defender: {
    product: 'Microsoft Defender for Cloud',
    tested: 'its documented API, against a server that checks the requests',
    knowledge: 'service',
    create: defenderScanner,
  },
  command: {
    product: 'anything else',
    tested: "real Trivy's own JSON, SARIF 2.1.0 and CycloneDX 1.6 in each of its modes; Grype's documented JSON",
    knowledge: 'database',
    create: commandScanner,
    program: { query: commandQuery, version: { kind: 'unknown' }, required: [] },
  },
};

/** Names of the scanners, in the order in which they are listed. */
export const scannerNames = namesOf(scanners);

/** The scanner of a name, or the one that is taken without a choice. */
export function definitionIn(table: Scanners, name: ScannerName = defaultScanner): ScannerDefinition {
  return table[name];
}

/** Names of the scanners that this program can install, in a sentence. */
export function installableNames(table: Scanners, join: 'and' | 'or', name: (tool: InstallableTool) => string): string {
  return Object.values(table)
    .flatMap(({ installable }) => (installable === undefined ? [] : [name(installable)]))
    .join(` ${join} `);
}

/** Adapters as scanners: installed by their users, and asking the service of their makers. */
export function adapted<Name extends string>(
  table: Readonly<Record<Name, Adapter>>,
): Readonly<Record<Name, ScannerDefinition>> {
  return tableOf(namesOf(table), (name) => definitionOf(table[name]));
}

function definitionOf(adapter: Adapter): ScannerDefinition {
  const { name, product, program, version, required } = adapter;
  return {
    product: product === undefined ? name : `${product} (\`${program}\`)`,
    tested: 'its documented format',
    knowledge: 'service',
    create: (world, config, options) => adapterScanner(world, config, adapter, options),
    program: {
      query: (settings) => adapterQuery(adapter, settings),
      version: { kind: 'asked', args: version },
      required,
    },
  };
}
