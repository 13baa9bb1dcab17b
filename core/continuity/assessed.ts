import type { StatedSettings } from '../dockerfile/stated-settings.ts';
import type { ImageConfig } from '../oci/manifest.ts';
import type { SignerName } from '../sign/settings.ts';
import type { Difference, Reason } from './difference.ts';
import type { ImageForm } from './form.ts';
import type { Aspect } from './settings.ts';
import type { SourceChange } from './source-change.ts';

/** A text of the candidate that is to be another. */
export interface TextChange {
  readonly at: 'label' | 'index annotation' | 'manifest annotation' | 'entry annotation';
  /** Absent of the index. */
  readonly platform?: string;
  readonly key: string;
  /** Absent where it is to go. */
  readonly value?: string;
}

/** A field of the candidate's `config` that is to be set. */
export interface ConfigChange {
  readonly at: 'setting';
  readonly platform: string;
  readonly key: string;
  readonly value: unknown;
}

/** One thing that the candidate is to have otherwise. */
export type Change = TextChange | ConfigChange;

/** What is thought of one difference. */
export interface AssessedDifference extends Difference {
  /** `carry`: the candidate is to be made as the published image is. */
  readonly verdict:
    | { readonly kind: 'carry'; readonly change?: Change; readonly remedy: string }
    | { readonly kind: 'explained'; readonly because: Reason }
    | { readonly kind: 'broken'; readonly remedy: string };
}

/** What a candidate stands on for one platform, before and now. */
export interface PlatformBases {
  readonly before?: ImageConfig;
  readonly after?: ImageConfig;
}

/** What signs and attests the candidate before it is promoted. */
export interface PlannedSigning {
  readonly tool: SignerName;
  /** Kinds of what is attested with the signature. */
  readonly attests: readonly string[];
  readonly isRecursive: boolean;
}

/** Everything that a comparison rests on. */
export interface FormComparison {
  readonly published: ImageForm;
  readonly candidate: ImageForm;
  /** By platform; empty where the image stands on nothing. */
  readonly bases: ReadonlyMap<string, PlatformBases>;
  /** Whether the image stands on a base at all. */
  readonly hasBase: boolean;
  /** What the two sources say, where the candidate is not built from the commit of the published image. */
  readonly sources?: SourceChange;
  /** What the Dockerfile of the published image states; absent where that is not known. */
  readonly stated?: StatedSettings;
  readonly revision?: string;
  readonly signing?: PlannedSigning;
  readonly accept: readonly Aspect[];
}
