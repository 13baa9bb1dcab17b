import type { CheckedImage } from '../check/checked.ts';
import type { Deployment } from '../deploy/result.ts';
import type { Failure } from '../failure.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Step } from '../plan/plan.ts';
import type { CandidateTag } from '../promote/clean-up.ts';
import type { Promotion } from '../promote.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { Signature } from '../sign/sign-image.ts';
import type { Validation } from '../validate/validation.ts';

/** What became of one image of the plan; later parts are absent where the run did not come to them. */
export interface ImageResult {
  readonly image: CheckedImage;
  readonly step?: Step;
  /** 0-based place in the order. */
  readonly level: number;
  readonly built?: BuiltImage;
  readonly scan?: { readonly after: ScanReport; readonly before?: ScanReport };
  readonly verdict?: Verdict;
  readonly signature?: Signature;
  readonly validation?: Validation;
  readonly promotion?: Promotion;
  /** Where it was rolled out; absent where no target takes it. */
  readonly deployment?: Deployment;
  /** What became of the tag that the engine pushed under; absent where nothing was pushed. */
  readonly candidate?: CandidateTag;
  readonly failure: Failure | null;
}

/** What a level leaves to the next: the results so far, by name. */
export type Finished = ReadonlyMap<string, ImageResult>;
