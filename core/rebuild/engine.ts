import type { Build } from '../discover/build.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { PackageDifference } from '../packages/changed.ts';
import type { BuiltSource } from '../source/record.ts';
import type { BuildSettings, EngineName } from './settings.ts';
import type { Unsuitable } from './unsuitable.ts';

/** A base reference held at the digest that was compared. */
export interface Pin {
  readonly base: BaseImage;
  readonly digest: Digest;
  /** Where the pinned content is pulled from: the base itself, or the candidate of a parent built in this run. */
  readonly source: Reference;
  /** What the published image was built on; absent where it is not recorded. */
  readonly from?: Digest;
}

/** All that an engine needs to build one image; nothing in it is decided by the engine. */
export interface BuildOrder {
  readonly build: Build;
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly pins: readonly Pin[];
  /** Unique tag under which the result is pushed; never a release tag. */
  readonly candidate: Reference;
  /** Annotations for index and manifests. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What sets it apart from the last build of the same inputs. */
  readonly epoch?: string;
  /** The commit that it is built from; absent where that is not known, and where nothing is built. */
  readonly source?: BuiltSource;
  /** The text of the Dockerfile that the published image was built from; absent where that is not to be had. */
  readonly releasedDockerfile?: string;
  /** How layers are to be compressed, where that is not by gzip; with `everyLayer` those of the base too. */
  readonly compression?: { readonly type: 'zstd' | 'estargz' | 'uncompressed'; readonly everyLayer: boolean };
  /** How this image is built; as all are when absent. */
  readonly settings?: BuildSettings;
  /** Program and arguments that make what the build context lacks; absent where it lacks nothing. */
  readonly prepare?: readonly string[];
  /** What keeps the image from being built at all, whatever the engine: something of its release build is not known here. */
  readonly withheld?: Failure;
  /** The image as published now; absent on a first build. */
  readonly published?: { readonly reference: Reference; readonly manifest: StoredManifest };
}

/** How it is known that exactly the pinned digests were used. */
export type PinEvidence = 'buildkit-provenance' | 'pinned-dockerfile' | 'layers';

/** What was built and pushed under the candidate tag; `reference` carries the digest. */
export interface BuiltImage {
  readonly reference: Reference & { readonly digest: Digest };
  readonly digest: Digest;
  readonly engine: EngineName;
  readonly pinned: readonly Pin[];
  readonly evidence: PinEvidence;
  readonly durationMs: number;
  /** What it was built from; absent of what was not built. */
  readonly source?: BuiltSource;
  /** Things a user should know: options dropped, conflicts in a merged configuration. */
  readonly notes: readonly string[];
  /** How its packages differ from those of the published image; absent where there is none, or where it is not wanted. */
  readonly packages?: PackageDifference;
}

export type Suitability =
  | {
      readonly kind: 'suitable';
      /** What speaks for the engine, where it is more than being at hand. */
      readonly why?: string;
    }
  | Unsuitable;

/** A way to make an image again on pinned bases. */
export interface Engine {
  readonly name: EngineName;
  /** Whether `auto` never takes it. */
  readonly onlyOnRequest?: true;
  /** Whether the engine can make this image here, and why not. */
  suits(order: BuildOrder): Promise<Suitability>;
  /** Builds and pushes the candidate; throws FailureError. */
  rebuild(order: BuildOrder): Promise<BuiltImage>;
  /** Whether it would make this very image of the order; absent where two builds of the same inputs differ. */
  remakes?(order: BuildOrder, made: NonNullable<BuildOrder['published']>): Promise<boolean>;
}
