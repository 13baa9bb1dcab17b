import type { CheckedImage } from '../check/checked.ts';
import { type DigestVerdict, gateScan } from '../gate/clear.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { imageFactsOf } from '../gate/rules/facts.ts';
import { describeVerdict, verdictWarnings } from '../gate/verdict.ts';
import { withDigest } from '../oci/reference.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { ScanReport } from '../scan/finding.ts';
import { describeSettings, describeValidation } from '../validate/describe.ts';
import type { Tests } from '../validate/settings.ts';
import { validate } from '../validate/validate.ts';
import type { Validation } from '../validate/validation.ts';
import { withPackages } from './admit-build.ts';
import type { Run } from './context.ts';
import type { Gated, PlannedImage } from './image-result.ts';
import { gatedOnce, reusableScan } from './reuse-verdict.ts';
import { findingsOf, runtimeOf, scanBuilt, scanPublished, withHardening } from './scan-stage.ts';
import { inStage } from './stage-times.ts';

interface GateOutcome {
  readonly gated: Gated;
  readonly verdict: DigestVerdict;
  readonly validation: Validation;
}

/** Scans, tests and gates what was built, and logs what of its packages and settings differs from what is published. */
export async function scanAndGate(
  run: Run,
  { image, level, step }: PlannedImage,
  built: BuiltImage,
  policy: GatePolicy,
  tests: Tests,
): Promise<GateOutcome> {
  const { name } = image.build;
  const runtime = built.pinned.find(({ base }) => base.runtime)?.base.reference;
  const facts = imageFactsOf({ ...(image.build.releases[0] ?? built.reference), digest: built.digest }, runtime);
  const earlier = scanBefore(run, image);
  const gated = async (scanned: ScanReport) => {
    const report = await withHardening(run, built.reference, runtime, policy, scanned);
    const { digest } = built.reference;
    const decided = gateScan(policy, { digest, report }, findingsOf(await earlier), run.world.now(), facts);
    return { decided, after: report, verdict: decided.verdict };
  };
  const [{ decided, after, verdict }, before, validation, compared] = await Promise.all([
    gatedOnce(
      () => reusableScan(run, built.reference, policy, runtimeOf(built)),
      () => inStage(run, name, 'scan', () => scanBuilt(run, built)),
      gated,
    ),
    earlier,
    inStage(run, name, 'test', () => validate(run, built, tests, image.published)),
    withPackages(run, image, built),
  ]);
  for (const line of verdictWarnings(verdict)) run.host.log('warning', `${name}: ${line}`);
  run.host.log(verdict.kind === 'pass' ? 'info' : 'error', `${name}: ${describeVerdict(verdict)}`);
  logTests(run, name, validation);
  return {
    verdict: decided,
    validation,
    gated: {
      image,
      level,
      step,
      built: compared,
      scan: before === undefined ? { after } : { after, before },
      verdict,
      validation,
    },
  };
}

function logTests({ host }: Run, name: string, validation: Validation): void {
  const [tested, changed] = [describeValidation(validation), describeSettings(validation)];
  if (tested !== undefined) host.log(validation.kind === 'pass' ? 'info' : 'error', `${name}: ${tested}`);
  if (changed !== undefined) host.log('info', `${name}: ${changed}`);
}

function scanBefore(run: Run, { build: { name }, published, bases }: CheckedImage): Promise<ScanReport> | undefined {
  if (published === undefined) return undefined;
  const runtime = bases.find(({ base }) => base.runtime);
  const recorded = runtime?.baseline.kind === 'recorded' ? runtime.baseline.digest : undefined;
  const base =
    runtime === undefined || recorded === undefined ? undefined : withDigest(runtime.base.reference, recorded);
  // It is only compared with: what a service does not have at hand is not waited for.
  return inStage(run, name, 'scan', () => scanPublished(run, published, base, { atHand: true }));
}
