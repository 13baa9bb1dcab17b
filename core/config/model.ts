import type { AdmissionSettings } from '../admission/settings.ts';
import type { StaleSettings } from '../check/settings.ts';
import type { ContinuitySettings } from '../continuity/settings.ts';
import type { DeploySettings } from '../deploy/settings.ts';
import type { ImageSettings, RunSubject } from '../discover/subject.ts';
import type { Failure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import type { ForgeWork } from '../notify/forge-settings.ts';
import type { TelemetrySettings } from '../notify/otlp.ts';
import type { NotifySettings } from '../notify/settings.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { RebuildRules } from '../plan/settings.ts';
import type { PromotionSettings } from '../promote/settings.ts';
import type { RequestSettings } from '../pull-request/settings.ts';
import type { ImageBuild } from '../rebuild/image-build.ts';
import type { BuildSettings, EngineName, RebaseSettings } from '../rebuild/settings.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import type { ReportFormatName } from '../report/formats.ts';
import type { ScannerSettings } from '../scan/settings.ts';
import type { CommandName } from '../settings/commands.ts';
import type { Permission } from '../settings/permissions.ts';
import type { SigningSettings, TrustRule } from '../sign/settings.ts';
import type { SourceRule } from '../source/settings.ts';
import type { UpdateSettings } from '../update/settings.ts';
import type { TestSettings } from '../validate/settings.ts';
import type { PolicyGround } from './base-branch.ts';
import type { PullRequest } from './event.ts';

/** Settings of one image in .base-image-refresh.yml, keyed by its name or its Dockerfile. */
export interface ImageConfigEntry extends ImageSettings {
  readonly gate?: Partial<GatePolicy>;
  readonly engine?: EngineName | 'auto';
  readonly source?: SourceRule;
  readonly continuity?: ContinuitySettings;
  readonly tests?: Partial<TestSettings>;
  readonly build?: ImageBuild;
}

/** What the run itself states of builds: it counts at every commit, where what the repository states is of one. */
export interface OwnStatements {
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly hasPlatforms: boolean;
  /** The configuration file of the repository where the run names it, from the root. */
  readonly file?: string;
}

/** How the work of a run is shared out, and which part of it this machine does. */
export interface FleetSettings {
  readonly shards: number | 'auto';
  /** Whether images of several platforms have a leg for each of them. */
  readonly nativeLegs?: true;
  /** Absolute path of the file that names the repositories of a fleet. */
  readonly fleetFile?: string;
  /** The leg that this machine does; absent where it does all. */
  readonly leg?: { readonly file: string; readonly shard: string; readonly digest?: Digest };
  /** The digest that a report's run.json must have; absent where any is taken. */
  readonly runDigest?: Digest;
  /** Milliseconds for which a leg waits for what others make. */
  readonly parentWait: number;
  /** Bases whose dependants the run is limited to; all images when empty. */
  readonly changedBases: readonly Reference[];
}

/** Every setting of a run, with every default and bound applied. */
export interface Config extends RunSubject, StaleSettings, SigningSettings {
  /** Those of `trustAttested` that the run itself states, with keys that are not the repository's: whose verdicts stand. */
  readonly trustVerdicts?: readonly TrustRule[];
  readonly command: CommandName;
  /** Where the root stands in its repository: empty at the top of it, and where there is none. */
  readonly placeInRepository?: string;
  /** What stands after the command: the path, images, report files. */
  readonly operands: readonly string[];
  readonly images: readonly ImageConfigEntry[];
  /** Whether the run itself, and no file, leaves some of the images out. */
  readonly isPart?: true;
  /** The configuration file that the run names, from the root; absent where it names none. */
  readonly configuredBy?: string;
  /** Absent where the configuration is a file of the run, which states all itself. */
  readonly stated?: OwnStatements;
  readonly gate: GatePolicy;
  /** Vulnerabilities of which `policy-test` says what decided about them. */
  readonly explain?: readonly string[];
  /** Whether facts of the image itself are read and reported. */
  readonly hardening: boolean;
  readonly tests: TestSettings;
  readonly promotion: PromotionSettings;
  readonly deploy: DeploySettings;
  /** What `admission` prints. */
  readonly admission: AdmissionSettings;
  readonly engine: EngineName | 'auto';
  readonly source: SourceRule;
  readonly continuity: ContinuitySettings;
  readonly build: BuildSettings;
  readonly rebase: RebaseSettings;
  /** What calls for a rebuild beside bases; nothing when absent. */
  readonly rebuildRules?: RebuildRules;
  readonly scanner: ScannerSettings;
  /** Where updates are proposed; absent where they are not. */
  readonly pullRequests?: RequestSettings;
  readonly registry: RegistrySettings;
  readonly concurrency: number;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Who is notified of the run; absent where there is no recipient. */
  readonly notify?: NotifySettings;
  /** What is written to the host of the repository; absent where nothing is. */
  readonly forgeWork?: ForgeWork;
  /** Where metrics are sent; absent where they are not. */
  readonly telemetry?: TelemetrySettings;
  readonly update: UpdateSettings;
  /** Host whose job matrix `plan` prints; absent prints the plan itself. */
  readonly matrix?: 'github' | 'azure';
  readonly format: 'table' | ReportFormatName;
  /** How work is shared out among machines. */
  readonly fleet: FleetSettings;
  /** Absolute. */
  readonly outputDirectory: string;
  /** Absolute; keeps the trend from run to run. */
  readonly historyFile: string;
  readonly verbose: boolean;
  /** What the run lets files of the repository name of the runner. */
  readonly permissions?: readonly Permission[];
  /** Where policy of the repository is read; at the checkout when absent. */
  readonly policyGround?: PolicyGround;
  /** The pull request that the run is of. */
  readonly pullRequest?: PullRequest & {
    /** Whether the run may write all the same. */
    readonly mayWrite: boolean;
  };
  /** What of the configuration does not count, and what the run does not do, in sentences. */
  readonly notices?: readonly string[];
  /** What is wrong with the configuration file, of which the rest holds nothing then; `doctor` alone goes on with it. */
  readonly faults?: readonly Failure[];
  /** CI host that `init` writes for; absent where the repository shows it. */
  readonly ciHost?: 'github' | 'azure' | 'none';
  /** Of the command `doctor`. */
  readonly doctor?: {
    readonly offline: boolean;
    /** Whether an upload to each release repository is begun and cancelled. */
    readonly testPush: boolean;
  };
}
