import { attempt, describeFailure } from '../failure.ts';
import type { GatePolicy } from '../gate.ts';
import { readHardening } from '../hardening/read-hardening.ts';
import { slimmerBases } from '../hardening/slimmer.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { Run } from './context.ts';

/** Adds to a scan what the image itself says, where that is wanted or judged; what policy asks for and cannot be read is no scan. */
export async function withHardening(
  run: Run,
  image: Reference & { readonly digest: Digest },
  base: Reference | undefined,
  policy: GatePolicy,
  report: ScanReport,
): Promise<ScanReport> {
  const isJudged = (policy.refuse ?? []).length > 0;
  if (report.kind === 'failed' || !(run.config.hardening || isJudged)) return report;
  const read = await attempt(formatReference(image), async () => ({
    ...(await readHardening(run.registry, image)),
    slimmer: base === undefined ? [] : await slimmerBases(run.registry, base),
  }));
  if (read.kind === 'done') return { ...report, hardening: read.value };
  if (isJudged) return { kind: 'failed', failure: read.failure };
  run.host.log('warning', `not looked into: ${describeFailure(read.failure)}`);
  return report;
}
