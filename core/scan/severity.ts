import { type Severity, severities } from './finding.ts';

/** Whether a severity is at or over a threshold. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(threshold);
}

/** The worse of two severities; a stated one is worse than an unknown one. */
export function worseOf(a: Severity, b: Severity): Severity {
  return atLeast(a, b) ? a : b;
}

/** Orders from the worst to the mildest, unknown last. */
export function bySeverity(a: { readonly severity: Severity }, b: { readonly severity: Severity }): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity);
}

/** The severity that a scanner's word for it names; every word that is not known is unknown. */
export function parseSeverity(word: string): Severity {
  const lower = word.toLowerCase();
  return severities.find((severity) => severity === lower) ?? 'unknown';
}

/** How many findings there are of each severity. */
export function countBySeverity(findings: readonly { readonly severity: Severity }[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

/** The severity of a CVSS base score (CVSS v4.0 and v3.1, "Qualitative Severity Rating Scale"); 0 is negligible. */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
