import type { DeploySettings } from '../deploy/settings.ts';
import type { ImageEntry, Subject } from '../discover/subject.ts';
import type { Failure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import type { Reference } from '../oci/reference.ts';
import type { RequestSettings } from '../pull-request/settings.ts';
import type { BuildSettings, EngineName, RebasePolicy } from '../rebuild/settings.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import type { ScannerSettings } from '../scan/settings.ts';
import type { CommandName } from '../settings/commands.ts';
import type { SignSettings, TrustRule } from '../sign/settings.ts';
import type { UpdateSettings } from '../update/settings.ts';
import type { TestSettings } from '../validate/settings.ts';

/** Settings of one image in .base-image-refresh.yml, keyed by its name or its Dockerfile. */
export interface ImageConfigEntry extends ImageEntry {
  readonly gate?: Partial<GatePolicy>;
  readonly engine?: EngineName | 'auto';
  readonly tests?: Partial<TestSettings>;
}

/** Everything a run may be told, with every default and bound applied. */
export interface Config extends Subject {
  readonly command: CommandName;
  /** Where the root stands in its repository: empty at the top of it, and where there is none. */
  readonly placeInRepository?: string;
  /** What stands after the command: the path, images, report files. */
  readonly operands: readonly string[];
  readonly images: readonly ImageConfigEntry[];
  readonly gate: GatePolicy;
  /** Whether facts of the image itself are read and reported. */
  readonly hardening: boolean;
  readonly tests: TestSettings;
  readonly promotion: {
    /** Pattern of the tags that keep what release tags named before, such as {tag}-previous. */
    readonly rollbackTag?: string;
    readonly keepCandidates: boolean;
  };
  readonly deploy: DeploySettings;
  readonly engine: EngineName | 'auto';
  readonly build: BuildSettings;
  readonly rebase: {
    readonly policy: RebasePolicy;
    /** Of the command `rebase`: what the image shall stand on and what it stands on, where it does not say so itself. */
    readonly base?: Reference;
    readonly oldBase?: Reference;
    /** Of the command `rebase`: ends before anything is scanned or promoted. */
    readonly candidateOnly: boolean;
  };
  readonly scanner: ScannerSettings;
  /** How promoted images are signed; absent where they are not. */
  readonly sign?: SignSettings;
  /** Where updates are proposed; absent where they are not. */
  readonly pullRequests?: RequestSettings;
  /** Whose signature bases must carry. */
  readonly trust: readonly TrustRule[];
  /** Whose signature what is attested beside published images must carry to count as evidence of their bases. */
  readonly trustAttested: readonly TrustRule[];
  readonly registry: RegistrySettings;
  readonly concurrency: number;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly failOn: 'stale' | 'never';
  readonly update: UpdateSettings;
  /** Lock file that a refresh keeps, absolute or from the root; absent where the user keeps none. */
  readonly lockFile?: string;
  /** Milliseconds for which a base that has moved is left to settle; absent where it is not. */
  readonly settle?: number;
  /** What of a base has to change for an image to be stale; its digest when absent. */
  readonly staleWhen?: 'digest' | 'packages';
  /** Host whose job matrix `plan` prints; absent prints the plan itself. */
  readonly matrix?: 'github' | 'azure';
  readonly format: 'table' | 'json' | 'md' | 'html' | 'sarif' | 'junit';
  /** Absolute. */
  readonly outputDirectory: string;
  readonly verbose: boolean;
  /** What is wrong with the configuration file, of which the rest holds nothing then; `doctor` alone goes on with it. */
  readonly fault?: Failure;
  /** Of the command `doctor`. */
  readonly doctor?: {
    readonly offline: boolean;
    /** Whether an upload to each release repository is begun and cancelled. */
    readonly testPush: boolean;
  };
}
