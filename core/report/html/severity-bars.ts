import { type Finding, severities } from '../../scan/finding.ts';
import { countBySeverity } from '../../scan/severity.ts';
import { severityWords, vulnerabilitiesIn } from '../findings.ts';
import type { ReportedImage } from '../report.ts';
import { type Markup, markup, trusted } from './markup.ts';

/** How many findings the longest bar of a report stands for: bars of one report are of one scale. */
export function largestScan(images: readonly ReportedImage[]): number {
  const sizes = images.flatMap(({ scan }) => [scan?.findings.length ?? 0, scan?.before?.length ?? 0]);
  return sizes.reduce((most, size) => Math.max(most, size), 1);
}

/** What was found before and what is found now, as two bars of one scale with their numbers. */
export function severityBars({ scan, promotion, build }: ReportedImage, most: number): Markup {
  if (scan === null) return trusted('–');
  if (scan.failure !== null) return trusted('not scanned');
  const isWaiting = build !== null && promotion === null;
  const now = bar(isWaiting ? 'if released' : 'now', scan.findings, most);
  return markup`<span class="bars">${scan.before === undefined ? null : bar('before', scan.before, most)}${now}</span>`;
}

function bar(label: string, findings: readonly Finding[], most: number): Markup {
  const counts = countBySeverity(vulnerabilitiesIn(findings));
  let x = 0;
  const parts = severities.map((severity) => {
    const width = (100 * counts[severity]) / most;
    const part =
      width === 0
        ? null
        : markup`<rect class="${severity}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return part;
  });
  const words = severityWords(findings);
  return markup`<span class="soft">${label}</span><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${parts}</svg><b>${findings.length.toLocaleString('en-GB')}</b>`;
}

/** A strip as long as an age is of the greatest age. */
export function ageStrip(age: number, most: number): Markup {
  const width = Math.max(2, (100 * age) / Math.max(most, 1));
  return markup`<svg class="age" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${width.toFixed(1)}" height="4" rx="1"/></svg>`;
}
