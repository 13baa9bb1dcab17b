import pLimit from 'p-limit';
import type { Config } from '../config/model.ts';
import { type ClusterContext, withCluster } from '../deploy/cluster.ts';
import { type RunningImage, runningImages } from '../deploy/running.ts';
import type { ClusterPlace } from '../deploy/settings.ts';
import { attempt, describeFailure, type Failure, isUsageFailure } from '../failure.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { type RunningVerdicts, verdictsOfRunning } from '../refresh/verdicts-of-running.ts';
import { type InventoryEntry, renderInventory } from '../report/inventory-table.ts';

/** `inventory`: the images that run in clusters, and how they fare; nothing is changed anywhere. */
export async function inventoryCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const run = createRun(config, host, world);
  const failures: Failure[] = [];
  const found: (RunningImage & { readonly target: string })[] = [];
  for (const place of config.deploy.inventory ?? []) {
    const read = await attempt(place.name, () => imagesAt(run, place));
    if (read.kind === 'failed') failures.push(read.failure);
    else found.push(...read.value.map((one) => ({ ...one, target: place.name })));
  }
  const verdicts = await verdictsOfAll(run, found);
  const entries = found.map((one) => entryOf(one, verdicts.get(keyOf(one))));
  failures.push(...new Set([...verdicts.values()].flatMap((one) => one.failures)));
  for (const failure of failures) host.log('error', describeFailure(failure));
  const document = { schemaVersion: 1, running: entries, failures };
  host.print(config.format === 'json' ? JSON.stringify(document, null, 2) : renderInventory(entries, host.screen));
  if (failures.some(isUsageFailure)) return 'usage-error';
  return failures.length > 0 ? 'incomplete' : 'succeeded';
}

async function imagesAt({ config, host, world }: Run, place: ClusterPlace): Promise<readonly RunningImage[]> {
  const context: ClusterContext = {
    world,
    registry: config.registry,
    secret: (value) => host.secret(value),
    ...(config.deploy.kubectl === undefined ? {} : { kubectl: config.deploy.kubectl }),
  };
  const { running, unlisted } = await withCluster(context, place, (kubectl) =>
    runningImages(kubectl, place.namespaces),
  );
  for (const failure of unlisted)
    host.log('warning', `owners are known by their pods alone: ${describeFailure(failure)}`);
  return running;
}

// Many pods run one image: each is asked about once.
async function verdictsOfAll(run: Run, found: readonly RunningImage[]): Promise<ReadonlyMap<string, RunningVerdicts>> {
  const limit = pLimit(run.config.concurrency);
  const distinct = new Map(found.map((one) => [keyOf(one), one]));
  const verdicts = [...distinct].map(
    async ([key, { image, digest }]) => [key, await limit(() => verdictsOfRunning(run, image, digest))] as const,
  );
  return new Map(await Promise.all(verdicts));
}

function keyOf({ image, digest }: RunningImage): string {
  return `${digest ?? ''} ${image}`;
}

function entryOf(
  one: RunningImage & { readonly target: string },
  verdicts: RunningVerdicts | undefined,
): InventoryEntry {
  const { target, namespace, owner, container, image, digest, pods } = one;
  const {
    tag = { verdict: 'unknown', now: null },
    base = { verdict: 'unknown', reference: null },
    gate = { verdict: 'unknown' },
    notes = [],
  } = verdicts ?? {};
  return { target, namespace, owner, container, image, digest: digest ?? null, pods, tag, base, gate, notes };
}
