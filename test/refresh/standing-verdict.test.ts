import { describe, expect, test } from 'vitest';
import { parseReference, withDigest } from '../../core/oci/reference.ts';
import { scannedWith, standingScan, type WantedVerdict } from '../../core/refresh/standing-verdict.ts';
import type { Finding } from '../../core/scan/finding.ts';
import type { ScannerSettings } from '../../core/scan/settings.ts';
import { statementOf } from '../../core/sign/attach.ts';
import { type SigningSubject, scanPredicateOf, verificationSummaryOf } from '../../core/sign/predicates.ts';
import { digestNo } from '../rebuild/support.ts';

const image = withDigest(parseReference('ghcr.io/acme/web:1'), digestNo(1));
const finding: Finding = {
  id: 'CVE-2026-1',
  aliases: ['GHSA-2222-2222-2222'],
  title: 'overflow <b>',
  package: { name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.20?arch=amd64' },
  installed: '3.0.20',
  severity: 'low',
  score: 3.7,
  owner: 'base',
  platforms: ['linux/amd64'],
};
const scanned = { settings: digestNo(8), base: digestNo(3) };
const subject: SigningSubject = {
  releases: [image],
  built: {
    reference: image,
    digest: image.digest,
    engine: 'docker',
    pinned: [],
    evidence: 'layers',
    durationMs: 1,
    notes: [],
  },
  scan: {
    kind: 'scanned',
    scanner: { name: 'trivy', version: '0.68.2', database: '2026-11-30T00:00:00Z' },
    platforms: [{ os: 'linux', architecture: 'amd64' }],
    findings: [finding],
    endOfLife: [{ distribution: 'debian 9', platforms: ['linux/amd64'] }],
  },
  policy: {},
  policyDigest: digestNo(7),
  scanned,
  exceptions: [],
  startedAt: new Date('2026-11-30T01:00:00Z'),
  finishedAt: new Date('2026-11-30T01:01:00Z'),
};
const day = 24 * 3_600_000;
const wanted: WantedVerdict = {
  image: image.digest,
  policy: digestNo(7),
  scanned,
  now: new Date('2026-11-30T12:00:00Z'),
  maxAge: day,
};

// As signers store them: cosign, for one, puts keys in order.
const stored = (value: unknown) => JSON.parse(JSON.stringify(value), (_, each) => sorted(each));
function sorted(each: unknown): unknown {
  if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
  return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
const both = (of: SigningSubject = subject) =>
  [scanPredicateOf(of), verificationSummaryOf(of)].map((predicate) => stored(statementOf(image, predicate)));
const [scan, verdict] = both();

describe('a verdict that was signed', () => {
  test('stands for the same image, policy, scanner and base, with all that was found', () => {
    expect(standingScan(both(), wanted)).toEqual({ ...subject.scan, reused: true });
  });

  test('is the same however often it was signed again, and the newest of several counts', () => {
    const again = { ...subject.scan, reused: true as const };
    expect(both({ ...subject, scan: again })[1].predicate.baseImageRefresh_scan).toEqual(
      verdict.predicate.baseImageRefresh_scan,
    );
    const newer = { ...subject.scan, scanner: { ...subject.scan.scanner, database: '2026-11-30T06:00:00Z' } };
    const statements = [...both({ ...subject, scan: newer }), ...both()];
    expect(standingScan(statements, wanted)).toMatchObject({ scanner: { database: '2026-11-30T06:00:00Z' } });
  });

  test.each<[string, Partial<WantedVerdict>]>([
    ['another image', { image: digestNo(2) }],
    ['another policy', { policy: digestNo(9) }],
    ['other settings of the scanner', { scanned: { ...scanned, settings: digestNo(9) } }],
    ['another base', { scanned: { ...scanned, base: digestNo(9) } }],
    ['a base that is not known', { scanned: { ...scanned, base: null } }],
    ['an older database than is wanted', { maxAge: day / 2 - 1 }],
    ['a database of the future', { now: new Date('2026-11-29T23:59:59Z') }],
  ])('does not stand for %s', (_, changed) => {
    expect(standingScan(both(), { ...wanted, ...changed })).toBeUndefined();
  });

  test('stands to the millisecond', () => {
    expect(standingScan(both(), { ...wanted, maxAge: day / 2 })).toBeDefined();
  });

  test.each<[string, SigningSubject]>([
    ['whose scanner has no database', withScanner({ database: null })],
    ['whose database is of no day', withScanner({ database: 'latest' })],
    ['of a scanner that is denied', withScanner({ version: '0.69.4' })],
    ['beside which another scanner has no database', beside(null)],
    ['beside which another scanner has an old one', beside('2026-11-01T00:00:00Z')],
    ['that has ended', { ...subject, expires: new Date('2026-11-30T12:00:00Z') }],
  ])('does not stand %s', (_, of) => {
    expect(standingScan(both(of), wanted)).toBeUndefined();
  });

  test('stands until it ends', () => {
    const expires = new Date('2026-11-30T12:00:01Z');
    expect(standingScan(both({ ...subject, expires }), wanted)).toBeDefined();
  });

  test.each<[string, readonly unknown[]]>([
    ['without its scan', [verdict]],
    ['that is missing', [scan]],
    ['that failed', [scan, changed({ verificationResult: 'FAILED' })]],
    ['on the scan of another', [scan, both(withScanner({ version: '0.68.1' }))[1]]],
    ['without a policy', [scan, changed({ policy: {} })]],
    ['that ends nobody knows when', [scan, changed({ baseImageRefresh_expires: 'never' })]],
    ['of another type', [scan, { ...verdict, predicateType: 'https://slsa.dev/verification_summary/v2' }]],
    ['on a scan with one finding less', [withResult({ findings: [] }), verdict]],
    ['that is about no image', [scan, { ...verdict, subject: [] }]],
    ['that is no statement', [null, 'a', { predicate: null }]],
  ])('does not stand %s', (_, statements) => {
    expect(standingScan(statements, wanted)).toBeUndefined();
  });

  test('does not stand where its scan is not one that a report can keep', () => {
    const odd = { ...finding, severity: 'awful' } as unknown as Finding;
    expect(standingScan(both({ ...subject, scan: { ...subject.scan, findings: [odd] } }), wanted)).toBeUndefined();
    const nowhere = { os: '', architecture: '' };
    expect(standingScan(both({ ...subject, scan: { ...subject.scan, platforms: [nowhere] } }), wanted)).toBeUndefined();
  });
});

describe('what a verdict rests on', () => {
  const settings: ScannerSettings = { tool: 'trivy', skipDatabaseUpdate: false, azureToken: 'a', path: '/a' };
  const of = (scanner: ScannerSettings) => scannedWith({ root: '/r', scanner }, undefined).settings;

  test('is the same wherever the scanner lies', () => {
    expect(of({ ...settings, path: '/b', azureToken: 'b', cacheDirectory: '/c', skipDatabaseUpdate: true })).toBe(
      of(settings),
    );
  });

  test.each<Partial<ScannerSettings>>([
    { tool: 'grype' },
    { command: ['a'] },
    { format: 'sarif' },
    { acceptUnproven: ['image'] },
    { databaseRepository: 'ghcr.io/acme/db' },
    { databaseMaxAge: 3 },
    { beside: [{ tool: 'grype', skipDatabaseUpdate: false }] },
  ])('is another with %o', (other) => {
    expect(of({ ...settings, ...other })).not.toBe(of(settings));
  });
});

function withScanner(scanner: Partial<typeof subject.scan.scanner>): SigningSubject {
  return { ...subject, scan: { ...subject.scan, scanner: { ...subject.scan.scanner, ...scanner } } };
}

function beside(database: string | null): SigningSubject {
  const { scanner } = subject.scan;
  return { ...subject, scan: { ...subject.scan, scanners: [scanner, { name: 'grype', version: '1', database }] } };
}

function changed(fields: object): unknown {
  return { ...verdict, predicate: { ...verdict.predicate, ...fields } };
}

function withResult(fields: object): unknown {
  const { predicate } = scan;
  const result = { ...predicate.scanner.result, ...fields };
  return { ...scan, predicate: { ...predicate, scanner: { ...predicate.scanner, result } } };
}
