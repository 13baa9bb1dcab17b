import type { BaseImage, UnknownBase } from '../dockerfile/base-image.ts';
import type { Dialect } from '../dockerfile/commands.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { StatedOption } from './options.ts';
import type { ChosenRelease } from './tag-rule.ts';

/** One image of a run. Paths are relative to the repository root, with forward slashes. */
export interface Build {
  /** Unique in the run; what users call the image: "web". */
  readonly name: string;
  /** Absent for an image that no Dockerfile here builds. */
  readonly dockerfile?: string;
  /** Dockerfile text that stands in another file (Compose's dockerfile_inline). */
  readonly inline?: string;
  /** Who reads the Dockerfile, where that is not BuildKit. */
  readonly dialect?: Dialect;
  readonly context: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Named build contexts (name → docker-image://…, path or URL), as given to --build-context. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly platforms: readonly Platform[];
  /** What else the release build asks of a builder; absent where it asks nothing. */
  readonly options?: readonly StatedOption[];
  /** Where the image is published: release tags in the order in which they move; empty when unknown. */
  readonly releases: readonly Reference[];
  /** Where a rule says which of many tags is the published image: `releases` are empty until it was asked. */
  readonly chosen?: ChosenRelease;
  /** Who is responsible for it, as the repository says; absent where it does not. */
  readonly owners?: readonly string[];
  /** Where each fact came from: {"image": ".base-image-refresh.yml", "args": "compose.yaml services.web"}. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** One image that the repository builds. */
export type DescribedBuild = Build & { readonly dockerfile: string };

/** Whether a Dockerfile of the repository describes an image. */
export function isDescribed(build: Build): build is DescribedBuild {
  return build.dockerfile !== undefined;
}

/** Another build of the same description, which a named context stands for. */
export interface Sibling {
  readonly name: string;
  /** Absent where what describes it names no file of the repository. */
  readonly dockerfile?: string;
  readonly target?: string;
  /** The image that it states; absent where it states none. */
  readonly image?: Reference;
}

/** A Dockerfile as `detect` reports it. */
export type DetectedDockerfile =
  | {
      readonly kind: 'read';
      readonly path: string;
      readonly bases: readonly BaseImage[];
      /** Images that are used and not known; absent where every one is. */
      readonly unknown?: readonly UnknownBase[];
    }
  | {
      readonly kind: 'refused';
      readonly path: string;
      readonly failure: Failure;
      readonly dockerfileCode: string;
      readonly line: number | null;
    };

/** A build with the bases that it consumes. */
export interface DiscoveredBuild<Known extends Build = Build> {
  readonly build: Known;
  readonly dockerfile: DetectedDockerfile;
}
