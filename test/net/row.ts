import type { CommandName } from '../../core/settings/commands.ts';
import type { TestFile } from '../../testing/images.ts';
import type { Fault } from '../../testing/registry.ts';
import type { architectures, Version } from './images.ts';
import type { Seen } from './seen.ts';
import type { Site } from './site.ts';

/** How images are published before the run. */
export interface Published {
  /** What tells what they were built on. */
  readonly by?:
    | 'own record'
    | 'statement beside'
    | 'provenance'
    | 'a record of each platform'
    | 'a record of the first platform'
    | 'nothing yet';
  /** The version of debian that each platform stands on; v2 is the one of now. */
  readonly on?: readonly [Version, Version];
  /** Other platforms than those that are built. */
  readonly architectures?: readonly [string, string];
  /** Files that web has beside its own. */
  readonly files?: Readonly<Record<string, TestFile>>;
  /** The user that web runs as. */
  readonly user?: string;
}

/** How a small program answers calls that fit: only later, or with an exit code instead of its work. */
export interface Rule {
  readonly program: string;
  /** A pattern of its arguments. */
  readonly to: string;
  readonly late?: number;
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

export type Program = 'cosign' | 'notation' | 'docker' | 'kubectl' | 'trivy';

/** One answer that an optional stage gets, and what becomes of the run. Both images meet what names neither. */
export interface Row {
  /** The stage, and how it is answered. */
  readonly name: string;
  readonly published?: Published;
  readonly command?: CommandName;
  /** Where it runs: on the command line if absent. */
  readonly host?: 'github';
  readonly settings?: object | ((site: Site) => object);
  readonly inputs?: Readonly<Record<string, string>>;
  readonly programs?: readonly Program[];
  readonly rules?: readonly Rule[] | ((site: Site) => readonly Rule[]);
  /** What the scanner finds, by image; `layer` counts as indices of arrays do. */
  readonly findings?: Readonly<Record<string, readonly Found[]>>;
  readonly faults?: (site: Site) => readonly Fault[] | Promise<readonly Fault[]>;
  readonly before?: (site: Site) => void | Promise<void>;
  readonly exit: 0 | 1 | 2 | 3;
  /** Verdict, how far it came, and the code of the failure, of each image. */
  readonly images: Readonly<Record<'web' | 'api', string>>;
  /** What is reported of both bases of both images, where it is not what their own record says. */
  readonly bases?: Readonly<Partial<Record<'web' | 'api', readonly string[]>>>;
  /** Tags beside the release tags of each image that was promoted. */
  readonly rollbackTags?: readonly string[];
  /** Release tags, as `NAME:TAG`, that the registry has taken away and does not take back. */
  readonly lost?: readonly string[];
  /** Referrers of what was promoted, by image. */
  readonly referrers?: Readonly<Partial<Record<'web' | 'api', readonly string[]>>>;
  /** What stands on standard error, or on GitHub in the log. */
  readonly says?: RegExp;
  readonly and?: (seen: Seen) => void;
  /** The run after it, on what it left. */
  readonly again?: Row;
}

export interface Found {
  readonly id: string;
  readonly severity: 'CRITICAL' | 'LOW';
  readonly layer: number;
  /** The one platform that has it. */
  readonly on?: (typeof architectures)[number];
}
