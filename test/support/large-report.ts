import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { severities } from '../../core/scan/finding.ts';
import { sampleBase, sampleFinding, sampleImage, sampleReport, sampleScan } from './sample-report.ts';

const day = 24 * 3_600_000;
const noGate = { breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null };

/** A report of so many images with so many findings each, on two upstream bases and three of the repository's own. */
export function largeReport(count: number, findingsEach: number): RefreshReport {
  const images = Array.from({ length: count }, (_, index) => image(index, findingsEach));
  return sampleReport({ images, failures: [] });
}

function image(index: number, findingsEach: number): ReportedImage {
  const half = Math.floor(findingsEach / 2);
  const findings = (kind: string, length: number) =>
    Array.from({ length }, (_, at) =>
      sampleFinding({
        id: `CVE-2026-${index}${kind}${at}`,
        severity: severities[at % severities.length] ?? 'unknown',
        package: { name: `libpackage${at % 57}` },
      }),
    );
  const [fixed, remaining] = [findings('1', findingsEach - half), findings('2', half)];
  const isHeld = index % 7 === 1;
  const name = `image-${index}`;
  const advice = (at: number) => `libpackage${at} came with the new base; upgrade it in the Dockerfile.`;
  const breaches = remaining
    .slice(0, 90)
    .map((finding, at) => ({ rule: 'severity-threshold' as const, finding, advice: advice(at) }));
  return sampleImage({
    name,
    image: `registry.example/shop/${name}:1`,
    bases: [
      sampleBase({
        ...baseOf(index),
        moved: { at: '2026-11-18T00:00:00Z', by: 'created', ageMs: day * (1 + (index % 9)) },
      }),
    ],
    build: sampleReport().images[0]?.build ?? null,
    scan: sampleScan({ findings: remaining, before: [...fixed, ...remaining], fixed, introduced: [] }),
    gate: isHeld ? { ...noGate, verdict: 'fail', breaches } : { ...noGate, verdict: 'pass' },
    promotion: isHeld
      ? null
      : {
          digest: `sha256:${'a'.repeat(64)}`,
          tags: [{ reference: `registry.example/shop/${name}:1`, previous: null }],
        },
  });
}

function baseOf(index: number): { readonly reference: string } {
  if (index < 3) return { reference: 'docker.io/library/debian:12' };
  return index % 2 === 0
    ? { reference: `registry.example/shop/image-${index % 3}:1` }
    : { reference: 'docker.io/library/node:20-alpine' };
}
