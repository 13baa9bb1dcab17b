import type { Authentication } from './auth.ts';

/** How a registry behaves; every switch stands for something that real registries differ in. */
export interface TestRegistryOptions {
  readonly authentication?: Authentication;
  /** Whether the referrers API is there (distribution-spec 1.1); without it clients use the fallback tag. */
  readonly referrers?: boolean;
  /** Whether a blob of another repository can be mounted; where not, an upload is opened instead. */
  readonly mounts?: boolean;
  /** Whether a manifest is refused when a blob it names is not there. */
  readonly requiresBlobs?: boolean;
  /** Whether an index is refused when a manifest it names is not there. */
  readonly requiresChildren?: boolean;
  /** Whether a manifest whose media type the client does not accept is withheld. */
  readonly negotiates?: boolean;
  /** Whether DELETE is allowed. */
  readonly deletes?: boolean;
  /** Whether DELETE knows tags, and not digests alone. */
  readonly tagDeletes?: boolean;
  /** Whether tags are removed by the API of Azure Container Registry too. */
  readonly azureTags?: boolean;
  /** Most entries in one page of tags. */
  readonly pageSize?: number;
  /** Whether GET of a blob is sent on to a storage under another host name. */
  readonly redirectsBlobs?: boolean;
  /** Whether an upload's location carries a state in its query and is relative to the host. */
  readonly locations?: 'absolute' | 'relative';
  /** Serves https with this certificate. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** 0 picks a free port. */
  readonly port?: number;
}

export type RegistryBehaviour = Required<Omit<TestRegistryOptions, 'tls' | 'authentication'>> & {
  readonly authentication: Authentication;
};

/** The options with the behaviour of a plain, open registry for what is not said. */
export function registryBehaviour(options: TestRegistryOptions): RegistryBehaviour {
  return {
    authentication: options.authentication ?? { kind: 'none' },
    referrers: options.referrers ?? true,
    mounts: options.mounts ?? true,
    requiresBlobs: options.requiresBlobs ?? true,
    requiresChildren: options.requiresChildren ?? true,
    negotiates: options.negotiates ?? true,
    deletes: options.deletes ?? true,
    tagDeletes: options.tagDeletes ?? true,
    azureTags: options.azureTags ?? false,
    pageSize: options.pageSize ?? 1000,
    redirectsBlobs: options.redirectsBlobs ?? false,
    locations: options.locations ?? 'absolute',
    port: options.port ?? 0,
  };
}
