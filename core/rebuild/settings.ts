import type { Reference } from '../oci/reference.ts';
/** What full builds may take from earlier ones. */
export const freshnessRules = ['no-cache', 'no-cache-filters', 'epoch', 'cache'] as const;
export type FreshnessRule = (typeof freshnessRules)[number];

/** Something that a build may see and that must stay in no layer, log or argument. */
export interface BuildSecret {
  readonly id: string;
  readonly from: { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string };
}

/** How full builds are made, for every engine; an engine that lacks what is asked for does not suit. */
export interface BuildSettings {
  readonly freshness: FreshnessRule;
  readonly secrets: readonly BuildSecret[];
  /** `default`, or `ID=SOCKET|KEY`, as buildx and buildah take them. */
  readonly ssh: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  /** Image that writes an SBOM of what was built. */
  readonly sbomGenerator?: string;
  /** Resource ID of the Azure Container Registry that builds for itself. */
  readonly acrRegistry?: string;
  /** Milliseconds for one build. */
  readonly timeout: number;
  /** How often one and the same build may fail before it is no longer tried. */
  readonly attempts: number;
}

/** The settings by the input that gives each, where something was given: what an engine may lack. */
export function askedFor(settings: BuildSettings): readonly (keyof BuildSettings)[] {
  const lists = (['secrets', 'ssh', 'cacheFrom', 'cacheTo'] as const).filter((name) => settings[name].length > 0);
  return settings.sbomGenerator === undefined ? lists : [...lists, 'sbomGenerator'];
}

/** When images are rebased: where it is shown to be safe, wherever the layers fit, or never unless the engine is named. */
export type RebasePolicy = 'never' | 'when-safe' | 'force';
/** Engines that can be chosen. */
export const engineNames = ['buildx', 'docker', 'podman', 'buildah', 'acr-tasks', 'rebase'] as const;
export type EngineName = (typeof engineNames)[number];

/** When layers are swapped instead of built, and what the command `rebase` moves. */
export interface RebaseSettings {
  readonly policy: RebasePolicy;
  /** Whether what `auto` rebased is started once before it is taken. */
  readonly smokeRun: boolean;
  /** Of the command `rebase`: what the image shall stand on and what it stands on, where it does not say so itself. */
  readonly base?: Reference;
  readonly oldBase?: Reference;
  /** Of the command `rebase`: ends before anything is scanned or promoted. */
  readonly candidateOnly: boolean;
}
