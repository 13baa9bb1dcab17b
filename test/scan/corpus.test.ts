import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { asDigest } from '../../core/oci/digest.ts';
import { aqua } from '../../core/scan/adapters/aqua.ts';
import { snyk } from '../../core/scan/adapters/snyk.ts';
import { twistcli } from '../../core/scan/adapters/twistcli.ts';
import type { ReportOf } from '../../core/scan/document.ts';
import { readCycloneDx } from '../../core/scan/formats/cyclonedx.ts';
import { readSarif } from '../../core/scan/formats/sarif.ts';
import { readGrypeReport } from '../../core/scan/grype/report.ts';
import type { PlatformScan, ScanTarget } from '../../core/scan/scanner.ts';
import { countBySeverity } from '../../core/scan/severity.ts';
import { readTrivyReport } from '../../core/scan/trivy/report.ts';
import { decodeText } from '../../core/text/decode.ts';
import { type CorpusDocument, digest, imageId } from './corpus/document.ts';
import { corpus } from './corpus/documents.ts';

type Read = (text: string, target: ScanTarget, of: ReportOf) => Pick<PlatformScan, 'findings' | 'unproven'>;
const readers: Readonly<Record<CorpusDocument['format'], Read>> = {
  trivy: (text, target) => readTrivyReport(text, target),
  grype: (text, target) => readGrypeReport(text, target),
  cyclonedx: readCycloneDx,
  sarif: readSarif,
  twistcli: twistcli.read,
  aqua: aqua.read,
  snyk: snyk.read,
};

const target: ScanTarget = {
  reference: { registry: 'r.example', repository: 'team/app', digest: asDigest(digest) ?? expect.unreachable() },
  platform: { os: 'linux', architecture: 'amd64' },
  imageId: asDigest(imageId) ?? expect.unreachable(),
  baseLayers: [],
};
const of = { tool: 'Scan', subject: 'image' };

const believed = corpus.filter(({ refused }) => refused === undefined);
const refused = corpus.filter((document) => document.refused !== undefined);

// By a script that shares no code with the product.
function countedByHand(): readonly Readonly<Record<string, number>>[] {
  const script = fileURLToPath(new URL('corpus/count.mjs', import.meta.url));
  const input = JSON.stringify(believed.map(({ format, report }) => ({ format, report: JSON.stringify(report) })));
  return JSON.parse(execFileSync(process.execPath, [script], { input, encoding: 'utf8' }));
}

function counted({ format, report }: CorpusDocument, text = JSON.stringify(report)) {
  const { findings, unproven = [] } = readers[format](text, target, of);
  const vulnerabilities = findings.filter(({ kind }) => kind === undefined);
  const counts = Object.entries(countBySeverity(vulnerabilities)).filter(([, count]) => count > 0);
  return { counts: Object.fromEntries(counts), proof: unproven[0]?.proof };
}

test('the corpus holds at least 150 different reports', () => {
  expect(new Set(corpus.map(({ report }) => JSON.stringify(report))).size).toBeGreaterThanOrEqual(150);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

describe('a report that is believed is counted as a script counts it, and says what it leaves open', () => {
  const hand = countedByHand();
  test.each(believed.map((document, at) => [document.name, document, hand[at]] as const))(
    '%s',
    (_, document, counts) => {
      expect(counted(document)).toEqual({ counts, proof: document.unproven });
    },
  );
});

describe('a report that cannot be believed says why', () => {
  test.each(refused.map((document) => [document.name, document] as const))('%s', (_, document) => {
    expect(() => counted(document)).toThrow(document.refused);
  });
});

test('every report says the same in every encoding', () => {
  for (const document of believed) {
    const text = JSON.stringify(document.report);
    const le = Buffer.from(text, 'utf16le');
    const encoded = [
      Buffer.from(`\uFEFF${text}`),
      Buffer.concat([Buffer.from([0xff, 0xfe]), le]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(le).swap16()]),
      gzipSync(text),
    ];
    for (const bytes of encoded) expect(counted(document, decodeText(bytes, 'report'))).toEqual(counted(document));
  }
});
