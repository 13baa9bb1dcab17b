import { compareFindings } from '../scan/compare-findings.ts';
import type { Finding } from '../scan/finding.ts';

/**
 * The findings that are new against those of before: for one of their platforms the published image has no finding of the
 * same vulnerability in the same package. Where nothing is known of before, every finding is new.
 */
export function introducedAmong(
  before: readonly Finding[] | undefined,
  after: readonly Finding[],
): ReadonlySet<Finding> {
  if (before === undefined) return new Set(after);
  const platforms = [...new Set(after.flatMap((finding) => finding.platforms))];
  const isFor = (platform: string) => (finding: Finding) => finding.platforms.includes(platform);
  const onEach = platforms.flatMap(
    (platform) => compareFindings(before.filter(isFor(platform)), after.filter(isFor(platform))).introduced,
  );
  return new Set([...compareFindings(before, after).introduced, ...onEach]);
}
