import * as v from 'valibot';
import type {
  Deployment,
  DeploymentVerdict,
  TargetResult,
  WorkloadResult,
  WorkloadState,
  WrittenBack,
} from '../deploy/result.ts';
import type { WorkloadKind } from '../deploy/workload.ts';
import type { Failure } from '../failure.ts';
import { choice, failure, list, text } from './schema-scan.ts';

/** A workload of a cluster that runs the image, and what became of it. */
export interface ReportedWorkload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly state: WorkloadState;
  readonly containers: readonly {
    readonly name: string;
    /** Whether it is an init container; absent where it is not. */
    readonly init?: boolean;
    readonly from: string;
    readonly to: string;
    /** The release tag that it follows. */
    readonly release: string;
  }[];
  readonly why?: string;
  readonly failure?: Failure;
  readonly durationMs: number;
}

/** Where an image was rolled out, target by target. */
export interface ReportedDeployment {
  readonly digest: string;
  readonly verdict: DeploymentVerdict;
  readonly targets: readonly {
    readonly name: string;
    readonly state: TargetResult['state'];
    readonly workloads: readonly ReportedWorkload[];
    /** What runs the repository there and was left, in words. */
    readonly notes?: readonly string[];
    /** Of a target that is a repository: the commits or pull requests. */
    readonly written?: readonly WrittenBack[];
    readonly why?: string;
    readonly failure?: Failure;
  }[];
}

const workload: v.GenericSchema<unknown, ReportedWorkload> = v.looseObject({
  kind: choice<WorkloadKind>({ deployment: true, statefulset: true, daemonset: true, cronjob: true }),
  namespace: text,
  name: text,
  state: choice<WorkloadState>({
    'rolled-out': true,
    current: true,
    planned: true,
    set: true,
    pending: true,
    failed: true,
    unknown: true,
    'rolled-back': true,
    refused: true,
  }),
  containers: list(
    v.looseObject({ name: text, init: v.exactOptional(v.boolean()), from: text, to: text, release: text }),
  ),
  why: v.exactOptional(text),
  failure: v.exactOptional(failure),
  durationMs: v.pipe(v.number(), v.minValue(0)),
});

/** The form of an image's deployment. */
export const deploymentSchema: v.GenericSchema<unknown, ReportedDeployment> = v.looseObject({
  digest: text,
  verdict: choice<DeploymentVerdict>({
    deployed: true,
    pending: true,
    planned: true,
    nowhere: true,
    held: true,
    failed: true,
  }),
  targets: list(
    v.looseObject({
      name: text,
      state: choice<TargetResult['state']>({ done: true, failed: true, held: true }),
      workloads: list(workload),
      notes: v.exactOptional(list(text)),
      written: v.exactOptional(
        list(v.looseObject({ group: text, branch: text, action: text, url: v.exactOptional(text) })),
      ),
      why: v.exactOptional(text),
      failure: v.exactOptional(failure),
    }),
  ),
});

/** What a report says of a deployment. */
export function reportedDeployment({ digest, verdict, targets }: Deployment): ReportedDeployment {
  return {
    digest,
    verdict,
    targets: targets.map(({ target: name, state, workloads, notes, written, why, failure: found }) => ({
      name,
      state,
      workloads: workloads.map(reportedWorkload),
      ...(notes.length === 0 ? {} : { notes: notes.map(({ words }) => words) }),
      ...(written === undefined ? {} : { written }),
      ...(why === undefined ? {} : { why }),
      ...(found === undefined ? {} : { failure: found }),
    })),
  };
}

function reportedWorkload({ workload: { kind, namespace, name }, ...result }: WorkloadResult): ReportedWorkload {
  const { state, changes, why, failure: found, durationMs } = result;
  return {
    kind,
    namespace,
    name,
    state,
    containers: changes.map(({ container, init, from, to, release }) => ({
      name: container,
      ...(init ? { init } : {}),
      from,
      to,
      release,
    })),
    ...(why === undefined ? {} : { why }),
    ...(found === undefined ? {} : { failure: found }),
    durationMs,
  };
}
