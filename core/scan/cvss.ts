import cvss from 'ae-cvss-calculator';

// A vector of CVSS 4.0 that names every metric has less than half of it.
const longest = 512;

// Metrics and values are letters alone. The calculator writes what it cannot read to the console, as it stands.
const grammar = /^(?:CVSS:(?:2\.0|3\.[01]|4\.0)\/)?(?:[A-Za-z]+:[A-Za-z]+(?:\/|$))+$/;

/** The base score of a CVSS vector of version 2.0, 3.0, 3.1 or 4.0; undefined where it is not one, or leaves a base metric open. */
export function scoreOfVector(vector: string): number | undefined {
  if (vector.length > longest) return undefined;
  const text = vector.replace(/\s/g, '');
  if (!grammar.test(text)) return undefined;
  try {
    const read = cvss.fromVector(text);
    if (read?.isBaseFullyDefined() !== true) return undefined;
    const { base } = read.calculateScores();
    return typeof base === 'number' && base >= 0 && base <= 10 ? base : undefined;
  } catch {
    return undefined;
  }
}
