import type { CheckedImage } from '../check/checked.ts';
import type { Continuity } from '../continuity/difference.ts';
import { type Deployment, failureOfDeployment } from '../deploy/result.ts';
import type { Failure } from '../failure.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { PlanStep } from '../plan/plan.ts';
import type { CandidateTag } from '../promote/clean-up.ts';
import type { Promotion } from '../promote.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { EngineName } from '../rebuild/settings.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { Signature } from '../sign/sign-image.ts';
import type { Validation } from '../validate/validation.ts';

type StepOf<K extends PlanStep['kind']> = Extract<PlanStep, { readonly kind: K }>;

interface OfPlan {
  readonly image: CheckedImage;
  /** 0-based place in the order. */
  readonly level: number;
}

/** Not to be rebuilt, or found on the way to need none; its step says why, and why it could not be checked. */
export interface SkippedImage extends OfPlan {
  readonly kind: 'skipped';
  readonly step: StepOf<'skip'>;
  /** What became of the tag of a trial build; absent where nothing was pushed. */
  readonly candidate?: CandidateTag;
}

/** What a run that stops at the plan knows of the build to come; `open` where that shows later. */
export type Foreseen =
  | { readonly kind: 'engine'; readonly name: EngineName; readonly why: string }
  | { readonly kind: 'held'; readonly failure: Failure }
  | { readonly kind: 'open' };

/** To be rebuilt, by a run that stops at the plan. */
export interface PlannedImage extends OfPlan {
  readonly kind: 'planned';
  /** Absent where the run goes on. */
  readonly foreseen?: Foreseen;
  readonly step: StepOf<'rebuild'>;
}

interface OfRebuild extends OfPlan {
  readonly step: StepOf<'rebuild'>;
  /** What became of the tag that the engine pushed under; absent where nothing was pushed. */
  readonly candidate?: CandidateTag;
}

/** Not built, or built and not to be scanned or tested at all. */
export interface FailedImage extends OfRebuild {
  readonly kind: 'failed';
  readonly failure: Failure;
}

/** Not built, for policy does not trust its bases. */
export interface UntrustedImage extends OfRebuild {
  readonly kind: 'untrusted';
  readonly verdict: Verdict;
}

/** Built, by a command that stops at the candidate. */
export interface CandidateImage extends OfRebuild {
  readonly kind: 'built';
  readonly built: BuiltImage;
}

/** What scanning, testing and the gate found of a candidate. */
export interface Gated extends OfRebuild {
  readonly built: BuiltImage;
  readonly scan: { readonly after: ScanReport; readonly before?: ScanReport };
  readonly verdict: Verdict;
  readonly validation: Validation;
  /** How it differs from the image that it is to replace; absent where nothing is published. */
  readonly continuity?: Continuity;
}

/** Not cleared by the gate or by its tests. */
export interface RefusedImage extends Gated {
  readonly kind: 'refused';
}

/** Cleared, and held back: something of the published image would be lost. */
export interface BrokenImage extends Gated {
  readonly kind: 'broken';
  readonly continuity: Continuity;
}

/** Cleared, and then not to be signed or promoted. */
export interface UnpromotedImage extends Gated {
  readonly kind: 'unpromoted';
  /** Absent where images are not signed, or this one could not be. */
  readonly signature?: Signature;
  readonly failure: Failure;
}

/** Released: its release tags name it. */
export interface PromotedImage extends Gated {
  readonly kind: 'promoted';
  /** Absent where images are not signed. */
  readonly signature?: Signature;
  readonly promotion: Promotion;
}

/** Released, and rolled out to the targets that take it, as far as that succeeded. */
export interface DeployedImage extends Omit<PromotedImage, 'kind'> {
  readonly kind: 'deployed';
  readonly deployment: Deployment;
}

/** Checked, by a command that does nothing else. */
export interface OnlyCheckedImage {
  readonly kind: 'checked';
  readonly image: CheckedImage;
}

/** An image that was given by name and could not be read. */
export interface UnreadImage {
  readonly kind: 'unread';
  readonly image: CheckedImage;
  readonly failure: Failure;
}

/** A published image that was scanned and gated, and nothing more. */
export interface ScannedImage {
  readonly kind: 'scanned';
  readonly image: CheckedImage;
  readonly scan: { readonly after: ScanReport };
  readonly verdict: Verdict;
}

/** What became of one image, by how far it came. */
export type ImageResult =
  | OnlyCheckedImage
  | SkippedImage
  | PlannedImage
  | FailedImage
  | UntrustedImage
  | CandidateImage
  | RefusedImage
  | BrokenImage
  | UnpromotedImage
  | PromotedImage
  | DeployedImage
  | UnreadImage
  | ScannedImage;

/** What a level leaves to the next: the results so far, by name. */
export type Finished = ReadonlyMap<string, ImageResult>;

/** The image where release tags name it by now. */
export function releasedIn(result: ImageResult): PromotedImage | DeployedImage | undefined {
  switch (result.kind) {
    case 'promoted':
    case 'deployed':
      return result;
    case 'checked':
    case 'skipped':
    case 'planned':
    case 'failed':
    case 'untrusted':
    case 'built':
    case 'refused':
    case 'broken':
    case 'unpromoted':
    case 'unread':
    case 'scanned':
      return undefined;
  }
}

/** Why the image was not finished; a release tag that is gone outranks whatever else went wrong. */
export function failureIn(result: ImageResult): Failure | undefined {
  const lost = 'candidate' in result && result.candidate?.state === 'lost' ? result.candidate.failure : undefined;
  return lost ?? ownFailure(result);
}

function ownFailure(result: ImageResult): Failure | undefined {
  switch (result.kind) {
    case 'checked':
      return result.image.failure;
    case 'skipped':
      return result.step.failure;
    case 'failed':
    case 'unpromoted':
    case 'unread':
      return result.failure;
    case 'refused':
      return inconclusiveIn(result.verdict) ?? inconclusiveIn(result.validation);
    case 'scanned':
      return inconclusiveIn(result.verdict);
    case 'deployed':
      return failureOfDeployment(result.image.build.name, result.deployment);
    case 'planned':
    case 'untrusted':
    case 'built':
    case 'broken':
    case 'promoted':
      return undefined;
  }
}

function inconclusiveIn(outcome: Verdict | Validation): Failure | undefined {
  return outcome.kind === 'inconclusive' ? outcome.failure : undefined;
}
