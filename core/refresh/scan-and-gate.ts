import type { CheckedImage } from '../check/checked.ts';
import type { Failure } from '../failure.ts';
import { type Judgement, judge } from '../gate/clear.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { describeVerdict, type Verdict } from '../gate/verdict.ts';
import { withDigest } from '../oci/reference.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { ScanReport } from '../scan/finding.ts';
import { describeChanges, describeValidation } from '../validate/describe.ts';
import type { Tests } from '../validate/settings.ts';
import { validate } from '../validate/validate.ts';
import type { Validation } from '../validate/validation.ts';
import { withPackages } from './admit-build.ts';
import type { Run } from './context.ts';
import type { ImageResult } from './image-result.ts';
import { findingsOf, scanBuilt, scanPublished, withHardening } from './scan-stage.ts';

interface Judged {
  readonly result: ImageResult;
  readonly judgement: Judgement;
  readonly validation: Validation;
}

/** Scans, tests and gates what was built, and tells what of its packages and settings differs from what is published. */
export async function judgeBuilt(
  run: Run,
  result: ImageResult & { readonly built: BuiltImage },
  policy: GatePolicy,
  tests: Tests,
): Promise<Judged> {
  const { image, built } = result;
  const { name } = image.build;
  const runtime = built.pinned.find(({ base }) => base.runtime)?.base.reference;
  const [scan, before, validation, compared] = await Promise.all([
    scanBuilt(run, built).then(async ({ digest, report }) => ({
      digest,
      report: await withHardening(run, built.reference, runtime, policy, report),
    })),
    scanBefore(run, image),
    validate(run, built, tests, image.published),
    withPackages(run, image, built),
  ]);
  const judgement = judge(policy, scan, findingsOf(before), run.world.now());
  const { verdict } = judgement;
  run.host.log(verdict.kind === 'pass' ? 'info' : 'error', `${name}: ${describeVerdict(verdict)}`);
  tellTests(run, name, validation);
  const after = scan.report;
  return {
    judgement,
    validation,
    result: {
      ...result,
      built: compared,
      scan: before === undefined ? { after } : { after, before },
      verdict,
      validation,
      failure: inconclusiveIn(verdict) ?? inconclusiveIn(validation) ?? null,
    },
  };
}

function tellTests({ host }: Run, name: string, validation: Validation): void {
  const [tested, changed] = [describeValidation(validation), describeChanges(validation)];
  if (tested !== undefined) host.log(validation.kind === 'pass' ? 'info' : 'error', `${name}: ${tested}`);
  if (changed !== undefined) host.log('info', `${name}: ${changed}`);
}

function inconclusiveIn(judged: Verdict | Validation): Failure | undefined {
  return judged.kind === 'inconclusive' ? judged.failure : undefined;
}

function scanBefore(run: Run, { published, bases }: CheckedImage): Promise<ScanReport> | undefined {
  if (published === null) return undefined;
  const runtime = bases.find(({ base }) => base.runtime);
  const recorded = runtime?.baseline.kind === 'recorded' ? runtime.baseline.digest : undefined;
  const base =
    runtime === undefined || recorded === undefined ? undefined : withDigest(runtime.base.reference, recorded);
  // It is only compared with: what a service does not have at hand is not waited for.
  return scanPublished(run, published, base, { atHand: true });
}
