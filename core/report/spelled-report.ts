import type { Failure } from '../failure.ts';
import { spellRemedy } from '../settings/host-spelling.ts';
import type { HostKind } from '../settings/input.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** A report whose remedies name options as users of a host write them. */
export function spelledReport(report: RefreshReport, host: HostKind, names: ReadonlySet<string>): RefreshReport {
  if (host === 'cli') return report;
  const spelled = (failure: Failure) => spellRemedy(failure, host, names);
  return {
    ...report,
    failures: report.failures.map(spelled),
    images: report.images.map((image) => spelledImage(image, spelled)),
  };
}

function spelledImage(image: ReportedImage, spelled: (failure: Failure) => Failure): ReportedImage {
  const within = <T extends { readonly failure: Failure | null }>(part: T): T =>
    part.failure === null ? part : { ...part, failure: spelled(part.failure) };
  const { scan, gate, plan } = image;
  return {
    ...within(image),
    bases: image.bases.map(within),
    plan: plan?.held === undefined ? plan : { ...plan, held: spelled(plan.held) },
    scan: scan === null ? null : within(scan),
    gate: gate === null ? null : within(gate),
  };
}
