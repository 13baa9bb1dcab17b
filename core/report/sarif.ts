import { gzipSync } from 'node:zlib';
import type { Log, Notification, Result, Run, ToolComponent } from 'sarif';
import { describeFailure } from '../failure.ts';
import type { ScannerIdentity } from '../scan/finding.ts';
import { sarifText, visibleText } from '../text/escape.ts';
import { counted } from '../text/words.ts';
import type { RefreshReport } from './report.ts';
import { type Draft, draftsOf, rulesOf } from './sarif-results.ts';
import { scannersOf } from './scan-words.ts';
import { failuresOf } from './totals.ts';

export interface SarifOptions {
  /** GitHub and Azure refuse a run with more than 25,000 results, and GitHub a file over 10 MB compressed. */
  readonly maxResults?: number;
  readonly maxCompressedBytes?: number;
}

const notificationLimit = 500;
/** With more results it is not read as text, and indentation is a third of its size. */
const readableResults = 2000;

/** The report as SARIF 2.1.0, one run, its results on the FROM lines; what does not fit is named in a notification. */
export function renderSarif(report: RefreshReport, options: SarifOptions = {}): string {
  const { maxResults = 25_000, maxCompressedBytes = 10_000_000 } = options;
  const { drafts, total } = draftsOf(report, maxResults);
  let shown = drafts.length;
  for (;;) {
    const text = logOf(report, drafts.slice(0, shown), total - shown);
    if (shown === 0 || fits(text, maxCompressedBytes)) return text;
    shown = Math.floor(shown / 2);
  }
}

// Deflate never makes more than a few bytes in a thousand of what it is given: small files need no trial.
function fits(text: string, maxCompressedBytes: number): boolean {
  if (text.length * 3 < maxCompressedBytes) return true;
  return gzipSync(text, { level: 1 }).length <= maxCompressedBytes;
}

function logOf(report: RefreshReport, drafts: readonly Draft[], omitted: number): string {
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [runOf(report, drafts, omitted)],
  };
  return `${JSON.stringify(log, null, drafts.length > readableResults ? 0 : 1)}\n`;
}

function runOf(report: RefreshReport, drafts: readonly Draft[], omitted: number): Run {
  const rules = rulesOf(drafts);
  const index = new Map(rules.map(({ id }, position) => [id, position]));
  const version = visibleText(report.tool.version, 60);
  return {
    tool: {
      driver: {
        name: 'base-image-refresh',
        fullName: `Base Image Refresh ${version}`,
        version,
        rules: [...rules],
      },
      extensions: scannersOf(report).map(scannerComponent),
    },
    // The category, for code scanning, is all before the last slash.
    automationDetails: { id: `base-image-refresh/${report.command}/${visibleText(report.startedAt, 40)}` },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: failuresOf(report).length === 0,
        startTimeUtc: report.startedAt,
        endTimeUtc: report.finishedAt,
        toolExecutionNotifications: [...notifications(report, omitted)],
      },
    ],
    results: drafts.map(({ result }) => withIndex(result, index)),
  };
}

// SARIF 3.18.3: what took part in the run beside the tool itself.
function scannerComponent({ name, version, database, binary }: ScannerIdentity): ToolComponent {
  const properties = {
    ...(database === null ? {} : { database: visibleText(database, 60) }),
    ...(binary === undefined ? {} : { binary: visibleText(binary, 80) }),
  };
  return { name: visibleText(name, 60), version: visibleText(version, 60), properties };
}

function withIndex(result: Draft['result'], index: ReadonlyMap<string, number>): Result {
  const ruleIndex = index.get(result.ruleId);
  return ruleIndex === undefined ? result : { ...result, ruleIndex };
}

function notifications(report: RefreshReport, omitted: number): readonly Notification[] {
  const cut = `${counted(omitted, 'result')} of the mildest left out to keep within the limits of code scanning.`;
  return [
    ...(omitted === 0 ? [] : [{ level: 'warning' as const, message: { text: cut } }]),
    ...failuresOf(report)
      .slice(0, notificationLimit)
      .map((failure) => ({ level: 'error' as const, message: { text: sarifText(describeFailure(failure)) } })),
  ];
}
