import type { WorkloadKind } from './workload.ts';

/** Where a target's cluster is and how it is reached. */
export type ClusterSettings =
  | {
      readonly kind: 'kubeconfig';
      readonly path?: string;
      readonly context?: string;
      /** Whether the configuration file names it, so that whoever changes the repository can: its plugins get no logins. */
      readonly ofRepository?: true;
    }
  | {
      readonly kind: 'aks';
      readonly subscription: string;
      readonly resourceGroup: string;
      readonly cluster: string;
      readonly cloud: AzureCloudName;
    };

export const azureCloudNames = ['public', 'us-government', 'china'] as const;
export type AzureCloudName = (typeof azureCloudNames)[number];

/** Which workloads of a namespace are meant, and which of their containers. */
export interface WorkloadSelection {
  /** All kinds when absent. */
  readonly kind?: WorkloadKind;
  readonly name?: string;
  /** A label selector as Kubernetes writes it. */
  readonly selector?: string;
  /** Container or init container; all that run the image when absent. */
  readonly container?: string;
}

/** Namespaces of a cluster. */
export interface ClusterPlace {
  readonly name: string;
  readonly cluster: ClusterSettings;
  /** The namespace of the context where none is named. */
  readonly namespaces: readonly string[];
}

/** A repository that says what is deployed, into which promotions are written. */
export interface GitSettings {
  /** Its address; that of the run's own repository when absent. */
  readonly repository?: string;
  /** Its default when absent. */
  readonly branch?: string;
  /** The folder in it, with forward slashes; empty for the top. */
  readonly path: string;
  readonly by: 'pull-request' | 'commit';
}

/** One place that promoted images are rolled out to. */
export interface DeployTarget extends ClusterPlace {
  /** Whatever runs the promoted releases where none is named. */
  readonly workloads: readonly WorkloadSelection[];
  /** Names of images that this target takes; all when empty. */
  readonly images: readonly string[];
  /** Milliseconds for which one rollout is watched. */
  readonly timeout: number;
  readonly onFailure: 'roll-back' | 'leave';
  /** Whether workloads are changed that another controller owns and will set back. */
  readonly managed: 'refuse' | 'allow';
  /** Where it is a repository and no cluster. */
  readonly git?: GitSettings;
}

/** How promoted images are rolled out. */
export interface DeploySettings {
  /** In the order in which they follow each other. */
  readonly targets: readonly DeployTarget[];
  /** What `inventory` looks at. */
  readonly inventory?: readonly ClusterPlace[];
  /** Path of kubectl; by its name on PATH when absent. */
  readonly kubectl?: string;
  /** Where the run's own repository is, and a token that may write to those of targets. */
  readonly forge?: { readonly repository?: string; readonly token?: string };
}
