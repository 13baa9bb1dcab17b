/** Credentials of one registry host. */
export interface RegistryCredential {
  readonly username: string;
  readonly password: string;
}

/** How registries are reached. */
export interface RegistrySettings {
  readonly credentials: Readonly<Record<string, RegistryCredential>>;
  /** Reference prefix on the left is read from the host or prefix on the right: docker.io → mirror.example. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** Whether a registry is asked itself where its mirror fails; without it never. */
  readonly mirrorFallback?: boolean;
  readonly insecureHosts: readonly string[];
  /** Token servers, as HOST:PORT, that the run lets see credentials though they are not the registry's by their name. */
  readonly tokenRealms?: readonly string[];
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
  /** Absolute; where it is kept what layers hold, absent where it is not. */
  readonly layerDirectory?: string;
  /** Largest number of requests under way to one host. */
  readonly concurrency: number;
  /** Milliseconds for the whole run. */
  readonly deadline: number;
}
