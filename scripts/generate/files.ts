import { evidenceKinds } from '../../core/baseline/evidence.ts';
import { ladder } from '../../core/baseline/ladder.ts';
import { buildReaders } from '../../core/discover/readers.ts';
import { referenceKinds, referenceReaders } from '../../core/discover/references/readers.ts';
import { statedBy } from '../../core/discover/stated.ts';
import { engineDefinitions } from '../../core/rebuild/engines.ts';
import { reportFormats } from '../../core/report/formats.ts';
import { adapters } from '../../core/scan/adapters/adapters.ts';
import { scanners } from '../../core/scan/scanners.ts';
import { actionYml } from './action.ts';
import {
  adapterTable,
  engineTable,
  evidenceTable,
  formatTable,
  installTable,
  readerTable,
  referenceTable,
  scannerTable,
} from './families.ts';
import { manualPage } from './man.ts';
import { cliReference, configurationReference, inputReference } from './reference.ts';
import { reliabilityPage } from './reliability.ts';
import { runFileSchema } from './run-schema.ts';
import { configSchema, lockFileSchema } from './schema.ts';
import { extensionJson, taskJson } from './task.ts';

/** Files that are made whole from the catalogue, and from the tables of families and faults. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'action.yml': actionYml(),
    'ado-task/task.json': taskJson(),
    'ado-task/vss-extension.json': extensionJson(),
    'docs/reference/cli.md': cliReference(),
    'docs/reference/base-image-refresh.1': manualPage(),
    'docs/reference/inputs.md': inputReference(),
    'docs/reference/configuration.md': configurationReference(),
    'docs/reference/config.schema.json': configSchema(),
    'docs/reference/base-images.lock.schema.json': lockFileSchema(),
    'docs/reference/run.schema.json': runFileSchema(),
    'docs/reliability.md': reliabilityPage(),
  };
}

/** Parts of pages, by path and name, between `<!-- NAME:start -->` and `<!-- NAME:end -->`. */
export function generatedParts(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return {
    'docs/scanning.md': {
      scanners: scannerTable(scanners),
      installable: installTable(scanners),
      adapters: adapterTable(adapters),
    },
    'docs/detect.md': {
      readers: readerTable(buildReaders, statedBy),
      references: referenceTable(referenceReaders, referenceKinds),
    },
    'docs/engines.md': { engines: engineTable(engineDefinitions) },
    'docs/check.md': { evidence: evidenceTable(evidenceKinds, ladder) },
    'docs/reports.md': { formats: formatTable(reportFormats) },
  };
}

/** The text of a page with each part put between its markers; a missing marker is an error. */
export function withParts(path: string, text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((rest, [name, part]) => {
    const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
    const from = rest.indexOf(start);
    const to = rest.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${path} has no ${start} … ${end}`);
    return `${rest.slice(0, from + start.length)}\n${part}\n${rest.slice(to)}`;
  }, text);
}
