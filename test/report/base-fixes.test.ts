import { describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { baseFixWords } from '../../core/report/findings.ts';
import type { ReportedImage } from '../../core/report/report.ts';
import { sampleBase, sampleFinding, sampleImage, sampleScan } from '../support/sample-report.ts';

const [from, to] = [digestOf('old'), digestOf('new')];

function wordsOf(owners: readonly ('base' | 'app' | 'unknown')[], changes: Partial<ReportedImage> = {}): string {
  const fixed = owners.map((owner, at) => sampleFinding({ id: `CVE-${at}`, owner }));
  const base = sampleBase({ reference: 'docker.io/library/debian:12', runtime: true, from, to });
  return baseFixWords(sampleImage({ scan: sampleScan({ fixed }), bases: [base], build: null, ...changes }));
}

describe('what the move of the base fixed', () => {
  test('counts the findings of the base that are gone', () => {
    expect(wordsOf(['base', 'app', 'base', 'unknown'])).toBe(
      `2 findings fixed by moving to debian:12 at ${to.slice(0, 19)}.`,
    );
  });

  test.each([
    ['only the app lost findings', ['app', 'unknown'], {}],
    ['the base did not move', ['base'], { bases: [sampleBase({ runtime: true, from, to: from })] }],
    ['no base is known', ['base'], { bases: [] }],
    ['nothing was scanned', ['base'], { scan: null }],
  ] as const)('nothing where %s', (_, owners, changes) => {
    expect(wordsOf(owners, changes)).toBe('');
  });
});
