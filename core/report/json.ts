import * as v from 'valibot';
import { fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import type { RefreshReport } from './report.ts';
import { imageSchema, reportSchema } from './schema.ts';

// What a reader wants first; keys that are not named here follow in alphabetical order.
const readingOrder: readonly string[] = [
  ...[
    'schemaVersion',
    'tool',
    'command',
    'dryRun',
    'run',
    'shard',
    'startedAt',
    'finishedAt',
    'policy',
    'totals',
    'requests',
  ],
  ...['failures', 'images', 'code', 'subject', 'detail', 'remedy', 'retryable', 'id', 'aliases', 'title', 'url'],
  ...[
    'name',
    'version',
    'database',
    'image',
    'dockerfile',
    'owners',
    'verdict',
    'action',
    'because',
    'level',
    'reference',
  ],
  ...[
    'raw',
    'line',
    'stage',
    'via',
    'runtime',
    'from',
    'to',
    'evidence',
    'confidence',
    'verified',
    'disputedBy',
    'layersOf',
    'moved',
    'at',
    'by',
    'ageMs',
    'settling',
    'until',
    'missing',
    'engine',
    'digest',
    'candidate',
  ],
  ...['pinned', 'notes', 'durationMs', 'scanner', 'severity', 'score', 'package', 'purl', 'path', 'installed'],
  ...['fixed', 'introduced', 'findings', 'before', 'breaches', 'rule', 'advice', 'finding', 'platform', 'platforms'],
  ...[
    'exceptionsUsed',
    'exceptionsUnused',
    'bases',
    'plan',
    'build',
    'scan',
    'gate',
    'validation',
    'promotion',
    'tags',
    'previous',
  ],
  ...[
    'signature',
    'deployment',
    'targets',
    'kind',
    'namespace',
    'state',
    'why',
    'workloads',
    'containers',
    'failure',
    'reason',
    'owner',
    'expires',
    'source',
  ],
];

/** A report with more findings is written without indentation, which is half of its size. */
const readableFindings = 2000;

/** The report as JSON, the same bytes for the same report whatever order its keys were made in. */
export function serialise(report: RefreshReport): string {
  return [...jsonPieces(report)].join('');
}

/** The same in pieces, image by image where it is large, so that it need not be in memory as a whole. */
export function* jsonPieces(report: RefreshReport): Generator<string> {
  const ordered = keysInOrder(report);
  // An array as replacer gives the order of keys in every object.
  if (isReadable(report)) {
    yield `${JSON.stringify(report, ordered, 2)}\n`;
    return;
  }
  const rest = JSON.stringify({ ...report, images: [] }, ordered);
  const end = rest.indexOf(emptyImages) + emptyImages.length - 1;
  yield rest.slice(0, end);
  for (const [at, image] of report.images.entries()) yield `${at === 0 ? '' : ','}${JSON.stringify(image, ordered)}`;
  yield `${rest.slice(end)}\n`;
}

function isReadable({ images }: RefreshReport): boolean {
  let findings = 0;
  return images.every(({ scan }) => {
    findings += scan?.findings.length ?? 0;
    return findings <= readableFindings;
  });
}

// Within a text its quotes would have backslashes, and nothing else of a report has such a key.
const emptyImages = '"images":[]';

function keysInOrder(report: RefreshReport): string[] {
  const keys = new Set<string>();
  collectKeys(report, keys);
  const rank = new Map(readingOrder.map((key, index) => [key, index]));
  return [...keys].sort(
    (a, b) => (rank.get(a) ?? readingOrder.length) - (rank.get(b) ?? readingOrder.length) || (a < b ? -1 : 1),
  );
}

function collectKeys(value: unknown, keys: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collectKeys(item, keys);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    keys.add(key);
    collectKeys(item, keys);
  }
}

/** Reads a saved report; throws a usage failure that names the file where it is not one. */
export function parseReport(text: string, file: string): RefreshReport {
  return reportIn(documentIn(text, file), file);
}

/** The report that a document is; throws a usage failure that names the file where it is not one. */
export function reportIn(document: unknown, file: string): RefreshReport {
  const version = typeof document === 'object' && document !== null && 'schemaVersion' in document;
  if (!version) throw notReport(file, 'has no schemaVersion, so it is not a report of base-image-refresh');
  if (document.schemaVersion !== 1) {
    const found = JSON.stringify(document.schemaVersion)?.slice(0, 40);
    throw fail('usage', file, `has schemaVersion ${found}, and only 1 is known here`, 'use the version that wrote it');
  }
  demand(reportSchema, document, file, '');
  // Image by image: what the check copies of one is gone before the next, so a large report fits in memory.
  const images = document.images.map((image, index) => {
    demand(imageSchema, image, file, `images.${index}.`);
    return image;
  });
  return { ...document, images };
}

function demand<T>(schema: v.GenericSchema<unknown, T>, value: unknown, file: string, at: string): asserts value is T {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return;
  const [issue] = parsed.issues;
  const place = `${at}${v.getDotPath(issue) ?? ''}`.replace(/\.$/, '');
  throw notReport(file, `is not a report: ${place === '' ? '' : `${place}: `}${issue.message.slice(0, 300)}`);
}

/** The JSON document of a saved file; throws a usage failure that names it where it is not one. */
export function documentIn(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the file, line breaks and all.
    throw notReport(file, 'is not valid JSON');
  }
}

function notReport(file: string, detail: string) {
  return fail('usage', file, detail, 'give a report.json that a run has saved');
}
