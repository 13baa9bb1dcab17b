import { speaksOf } from '../baseline/provenance.ts';
import type { Config } from '../config/model.ts';
import { canonicalJson, field, itemsOf } from '../json.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import { scanOf } from '../report/saved-scan.ts';
import { savedScan } from '../report/schema-scan.ts';
import { deniedRelease } from '../scan/denied.ts';
import type { ScannerIdentity, ScanReport } from '../scan/finding.ts';
import type { ScannerSettings } from '../scan/settings.ts';
import { predicateType } from '../sign/cosign.ts';
import { resultDigest, type ScannedWith, scanType, verificationSummaryType } from '../sign/predicates.ts';
import { ruleFor } from '../sign/rules.ts';

/** What a verdict must be about to stand. */
export interface WantedVerdict {
  readonly image: Digest;
  readonly policy: Digest;
  readonly scanned: ScannedWith;
  readonly now: Date;
  /** Milliseconds since the date of the scanner's database. */
  readonly maxAge: number;
}

/** Whether a statement has a part in a verdict that stands. */
export function isOfVerdict(statement: unknown): boolean {
  const type = field(statement, 'predicateType');
  return type === verificationSummaryType || type === scanStatement;
}

const scanStatement = predicateType({ type: scanType });

/**
 * The scan behind a verdict that stands: that passed, on this image, by this policy, with this scanner, and with a database
 * that is young enough. The newest of several; undefined where none does. Who signed the statements is for the caller.
 */
export function standingScan(statements: readonly unknown[], wanted: WantedVerdict): ScanReport | undefined {
  const about = statements.filter((statement) => speaksOf(statement, wanted.image));
  const passed = new Set(about.flatMap((statement) => passedBy(statement, wanted)));
  const scans = about.flatMap((statement) => scanIn(statement, wanted, passed));
  const [newest] = scans.toSorted((a, b) => databaseOf(b) - databaseOf(a));
  return newest;
}

// The digests of the scans on which verdicts rest that still hold.
function passedBy(statement: unknown, { policy, now }: WantedVerdict): readonly string[] {
  const summary = field(statement, 'predicate');
  if (field(statement, 'predicateType') !== verificationSummaryType) return [];
  if (field(summary, 'verificationResult') !== 'PASSED') return [];
  if (digestIn(field(field(summary, 'policy'), 'digest')) !== policy) return [];
  const expires = field(summary, 'baseImageRefresh_expires');
  if (expires !== undefined && !(Date.parse(String(expires)) > now.getTime())) return [];
  const scan = digestIn(field(field(summary, 'baseImageRefresh_scan'), 'digest'));
  return scan === undefined ? [] : [scan];
}

function digestIn(set: unknown): string | undefined {
  const hex = field(set, 'sha256');
  return typeof hex === 'string' ? `sha256:${hex}` : undefined;
}

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

function scanIn(
  statement: unknown,
  { scanned, now, maxAge }: WantedVerdict,
  passed: ReadonlySet<string>,
): readonly Scanned[] {
  if (field(statement, 'predicateType') !== scanStatement) return [];
  const result = field(field(field(statement, 'predicate'), 'scanner'), 'result');
  if (!passed.has(resultDigest(result)) || canonicalJson(field(result, 'with')) !== canonicalJson(scanned)) return [];
  const saved = savedScan(result);
  const scan = saved === undefined ? undefined : scanOf(saved, 'scan');
  if (scan?.kind !== 'scanned' || scan.platforms.length !== itemsOf(field(result, 'platforms')).length) return [];
  const age = now.getTime() - databaseOf(scan);
  if ([scan.scanner, ...(scan.scanners ?? [])].some((identity) => deniedRelease(identity) !== undefined)) return [];
  // A database dated in the future has no known age.
  return age >= 0 && age <= maxAge ? [{ ...scan, reused: true }] : [];
}

// The oldest of several, and none of them where one has no date.
function databaseOf({ scanner, scanners = [] }: Scanned): number {
  return Math.min(...[scanner, ...scanners].map(({ database }) => Date.parse(database ?? '')));
}

/** With what an image is scanned in a run. */
export function scannedWith(
  { root, scanner }: Pick<Config, 'root' | 'scanner'>,
  base: { readonly digest: Digest } | undefined,
): ScannedWith {
  return { settings: digestOf(canonicalJson(decisive(scanner), root)), base: base?.digest ?? null };
}

// Where its program and its database lie, and how long it may take, changes nothing of what it finds.
function decisive({ tool, command, format, version, acceptUnproven, beside = [], ...rest }: ScannerSettings): object {
  const { databaseRepository, javaDatabaseRepository, databaseMaxAge } = rest;
  const own = { tool, command, format, version, acceptUnproven, databaseMaxAge };
  return { ...own, databaseRepository, javaDatabaseRepository, beside: beside.map(decisive) };
}

/** Until when a verdict is meant to stand; undefined where the run does not say, or its scanner has no database with a date. */
export function expiryOf(
  { verdictMaxAge }: Pick<Config, 'verdictMaxAge'>,
  { database }: ScannerIdentity,
): Date | undefined {
  const of = Date.parse(database ?? '');
  return verdictMaxAge === undefined || Number.isNaN(of) ? undefined : new Date(of + verdictMaxAge);
}

/** A warning where a run wants verdicts to stand and names no signer, or no signer of an image here. */
export function idleVerdicts(
  { verdictMaxAge, trustVerdicts = [] }: Pick<Config, 'verdictMaxAge' | 'trustVerdicts'>,
  images: readonly Reference[],
): string | undefined {
  if (verdictMaxAge === undefined || images.length === 0) return undefined;
  if (images.some((image) => ruleFor(trustVerdicts, image) !== undefined)) return undefined;
  const remedy =
    'name who signs them under verify-attestations in a policy of the run, with a key outside the repository';
  return `verdict-max-age: no verdict is believed, so every image is scanned; ${remedy}`;
}
