import type { EvidenceKind } from '../../core/baseline/evidence.ts';
import type { LadderRung } from '../../core/baseline/ladder.ts';
import type { BuildReader } from '../../core/discover/readers.ts';
import type { ReferenceReader } from '../../core/discover/references/readers.ts';
import type { EngineDefinition } from '../../core/rebuild/engines.ts';
import type { ReportFormat } from '../../core/report/formats.ts';
import type { Adapter } from '../../core/scan/adapters/adapter.ts';
import { dockerVariables } from '../../core/scan/adapters/adapter.ts';
import type { ScannerDefinition } from '../../core/scan/definition.ts';
import { code, table } from './describe.ts';

/** docs/engines.md: the engines, in the order in which they are asked. */
export function engineTable(definitions: Readonly<Record<string, EngineDefinition>>): string {
  return table(
    ['engine', 'needs', 'does', 'proof that the pinned bases were used'],
    Object.entries(definitions).map(([name, { needs, does, proof }]) => [code(name), needs, does, proof]),
  );
}

/** docs/detect.md: the files that state how images are built, the strongest first. */
export function readerTable(readers: Readonly<Record<string, BuildReader>>, order: readonly string[]): string {
  const kinds = order.flatMap((name) => readers[name] ?? []);
  return table(
    ['file', 'read'],
    kinds.map(({ files, states }) => [files, states]),
  );
}

/** docs/detect.md: the files outside of Dockerfiles that name images. */
export function referenceTable(readers: Readonly<Record<string, ReferenceReader>>, order: readonly string[]): string {
  const kinds = order.flatMap((name) => (readers[name] === undefined ? [] : [{ name, ...readers[name] }]));
  return table(
    ['kind', 'file', 'read'],
    kinds.map(({ name, files, reads }) => [code(name), files, reads]),
  );
}

/** docs/check.md: what says which digest an image was built on. */
export function evidenceTable(
  kinds: Readonly<Record<string, EvidenceKind>>,
  rungs: readonly Pick<LadderRung, 'evidence' | 'confidence'>[],
): string {
  return table(
    ['evidence', 'what it is', 'confidence', 'covers build stages'],
    Object.entries(kinds).map(([name, { what, less, coversStages }]) => [
      code(name),
      what,
      [rungs.find(({ evidence }) => evidence === name)?.confidence, less].filter(Boolean).join(', '),
      coversStages ? 'yes' : 'no',
    ]),
  );
}

/** docs/reports.md: the formats in which a report is saved. */
export function formatTable(formats: Readonly<Record<string, ReportFormat>>): string {
  return table(
    ['file', '`--format`', 'output', 'for'],
    Object.entries(formats).map(([name, { file, output, readers }]) => [
      code(file),
      code(name),
      code(output?.name ?? ''),
      readers,
    ]),
  );
}

/** docs/scanning.md: the scanners that can be chosen. */
export function scannerTable(scanners: Readonly<Record<string, ScannerDefinition>>): string {
  return table(
    ['scanner', '`scanner.tool`', 'rests on', 'tested on'],
    Object.entries(scanners).map(([name, { product, knowledge, tested }]) => [
      product,
      code(name),
      knowledge === 'service' ? 'a service' : 'a database',
      tested,
    ]),
  );
}

/** docs/scanning.md: the scanners that are installed at a version whose checksum is built in. */
export function installTable(scanners: Readonly<Record<string, ScannerDefinition>>): string {
  const rows = Object.values(scanners).flatMap(({ installable }) => {
    if (installable === undefined) return [];
    const { title, releases } = installable;
    const platforms = new Set(releases.flatMap(({ assets }) => Object.keys(assets)));
    return [[title, releases.map(({ version }) => version).join(', '), [...platforms].join(', ')]];
  });
  return table(['tool', 'versions, default first', 'platforms'], rows);
}

/** docs/scanning.md: how scanners of other makers are started. */
export function adapterTable(adapters: Readonly<Record<string, Adapter>>): string {
  return table(
    ['`scanner.tool`', 'command', 'variables', 'the image is'],
    Object.entries(adapters).map(([name, adapter]) => [
      code(name),
      code(commandOf(adapter)),
      variablesOf(adapter),
      adapter.reads === 'docker' ? 'pulled into the local Docker, by digest' : 'read from the registry',
    ]),
  );
}

// What only a scan knows is cut.
function commandOf({ program, args }: Adapter): string {
  const env = new Proxy({}, { get: () => '…' });
  const words = args({ image: '…', platform: '…', output: '…', env });
  return [program, ...words].join(' ');
}

function variablesOf({ variables, secrets, required }: Adapter): string {
  const needed = required.map((names) => names.map(code).join(' or '));
  const others = [...variables, ...secrets].filter(
    (name) => !dockerVariables.includes(name) && !required.some((names) => names.includes(name)),
  );
  return [...needed, ...others.map((name) => `${code(name)} (optional)`)].join(', ');
}
