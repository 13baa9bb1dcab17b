import type { Platform } from '../oci/platform.ts';
import type { Reference, TagName } from '../oci/reference.ts';
import type { TagRule } from './tag-rule.ts';

/** What the configuration file says of one image for its discovery: its name or its Dockerfile is the key. */
export interface ImageSettings {
  readonly name?: string;
  /** Who is responsible for it; what CODEOWNERS says where absent. */
  readonly owner?: string;
  /** Absent where it names an image that no Dockerfile here builds. */
  readonly dockerfile?: string;
  readonly context?: string;
  readonly target?: string;
  readonly image?: Reference;
  readonly tags: readonly TagName[];
  /** Which of many tags is published, and what tags a promotion makes; absent where `tags` say it. */
  readonly tagRule?: TagRule;
  readonly platforms: readonly Platform[];
  readonly args: Readonly<Record<string, string>>;
  /** The engine that builds it; that of the run where absent. */
  readonly engine?: string;
}

/** What a run is about: the folder, and which of its images. */
export interface RunSubject {
  /** Absolute. */
  readonly root: string;
  readonly files: readonly string[];
  /** Whether the folder is that of another commit, which need not have all that the run names. */
  readonly isElsewhere?: boolean;
  /** Whether it is about what files other than Dockerfiles name. */
  readonly references?: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Whether a run that finds nothing to be about has done its work. */
  readonly allowEmpty: boolean;
  readonly images: readonly ImageSettings[];
  /** --image: NAME=REFERENCE for one of several Dockerfiles; under the empty name, the image of the only one. */
  readonly imageInputs: Readonly<Record<string, Reference>>;
  readonly tags: readonly TagName[];
  /** Whether a file of the repository says the tags, and not the run. */
  readonly tagsOfRepository?: boolean;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platforms: readonly Platform[];
  /** The engine that builds them; one that is at hand where absent. */
  readonly engine?: string;
}
