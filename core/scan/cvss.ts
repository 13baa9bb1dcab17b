import type { Severity } from './finding.ts';

/** The severity of a CVSS base score (CVSS v4.0 and v3.1, "Qualitative Severity Rating Scale"); 0 is negligible. */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
