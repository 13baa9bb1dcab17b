import type { DeploySettings } from '../deploy/settings.ts';
import type { Failure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RequestSettings } from '../pull-request/settings.ts';
import type { BuildSettings, EngineName, RebasePolicy } from '../rebuild/settings.ts';
import type { RegistryCredential } from '../registry/settings.ts';
import type { ScannerSettings } from '../scan/settings.ts';
import type { CommandName } from '../settings/commands.ts';
import type { SignSettings, TrustRule } from '../sign/settings.ts';
import type { UpdateSettings } from '../update/settings.ts';
import type { TestSettings } from '../validate/settings.ts';

/** Settings of one image in .base-image-refresh.yml, keyed by its name or its Dockerfile. */
export interface ImageConfigEntry {
  readonly name?: string;
  readonly dockerfile: string;
  readonly context?: string;
  readonly target?: string;
  readonly image?: Reference;
  readonly tags: readonly string[];
  readonly platforms: readonly Platform[];
  readonly args: Readonly<Record<string, string>>;
  readonly gate?: Partial<GatePolicy>;
  readonly engine?: EngineName | 'auto';
  readonly tests?: Partial<TestSettings>;
}

/** Everything a run may be told, with every default and bound applied. */
export interface Config {
  readonly command: CommandName;
  /** Absolute. */
  readonly root: string;
  /** Where the root stands in its repository: empty at the top of it, and where there is none. */
  readonly placeInRepository?: string;
  /** What stands after the command: the path, images, report files. */
  readonly operands: readonly string[];
  readonly files: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly images: readonly ImageConfigEntry[];
  /** --image: NAME=REFERENCE for one of several Dockerfiles; under the empty name, the image of the only one. */
  readonly imageInputs: Readonly<Record<string, Reference>>;
  readonly tags: readonly string[];
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platforms: readonly Platform[];
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
  readonly registry: {
    readonly credentials: Readonly<Record<string, RegistryCredential>>;
    /** Reference prefix on the left is read from the host or prefix on the right: docker.io → mirror.example. */
    readonly mirrors: Readonly<Record<string, string>>;
    /** Whether a registry is asked itself where its mirror fails; without it never. */
    readonly mirrorFallback?: boolean;
    readonly insecureHosts: readonly string[];
    /** GitHub's job token, for the registry of the server that issued it. */
    readonly githubToken?: string;
    /** What the job is to Entra ID, where its environment does not say; an Entra token goes to Azure registries only. */
    readonly azure?: {
      readonly clientId?: string;
      readonly tenantId?: string;
      readonly serviceConnection?: string;
      readonly token?: string;
    };
    /** Certificates (PEM) of authorities to trust besides the usual ones. */
    readonly authorities?: string;
    /** Absolute; where manifests are kept from run to run, absent where they are not. */
    readonly cacheDirectory?: string;
    /** Largest number of requests under way to one host. */
    readonly concurrency: number;
    /** Milliseconds for the whole run. */
    readonly deadline: number;
  };
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
