import { fail } from '../failure.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { azureCloudOf } from '../registry/auth/acr.ts';
import type { AzureCloud, EntraToken } from '../registry/auth/entra.ts';
import { createTransport, type Transport } from '../registry/transport/transport.ts';
import { assessmentQuery } from './defender/query.ts';
import { queryAll } from './defender/resource-graph.ts';
import { type Assessed, readRows } from './defender/rows.ts';
import { managementToken } from './defender/token.ts';
import type { PlatformScan, Scanner, ScanTarget } from './scanner.ts';
import type { ScannerConfig, ScannerOptions } from './settings.ts';

const defaultWait = 30 * 60_000;
const firstPause = 15_000;
const longestPause = 120_000;
// Tokens hold for an hour at least, and waiting may take longer.
const tokenLife = 20 * 60_000;
// Results of an image come in within minutes of the first: for so long nothing may have been added, or all are older still.
const quiet = 5 * 60_000;
const settledAge = 15 * 60_000;

interface Defender {
  readonly world: World;
  readonly config: ScannerConfig;
  readonly transport: Transport;
  readonly log: (line: string) => void;
  readonly secret: (value: string) => void;
  readonly tokens: Map<AzureCloud, { readonly from: number; readonly token: Promise<EntraToken> }>;
}

/** Microsoft Defender for Cloud, which scans what is pushed to an Azure registry: its results are waited for and read. */
export function defenderScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  const { concurrency, deadline } = config.registry;
  const limits = { concurrency, deadline: world.now().getTime() + deadline };
  const defender: Defender = {
    world,
    config,
    transport: createTransport(world, { ...limits, userAgent: `base-image-refresh/${version}` }),
    log: options.log ?? (() => {}),
    secret: options.secret ?? (() => {}),
    tokens: new Map(),
  };
  return { name: 'defender', scan: (target) => scan(defender, target) };
}

async function scan(defender: Defender, target: ScanTarget): Promise<PlatformScan> {
  const { registry, repository, digest } = target.reference;
  const subject = formatReference(target.reference);
  const cloud = azureCloudOf(registry);
  if (cloud === undefined) {
    const fact = `is in ${registry}, and Defender for Cloud gives results of Azure registries`;
    throw fail('scan-failed', subject, fact, 'use another scanner for it');
  }
  const image = { registry, repository, digest };
  const graph = { transport: defender.transport, cloud, token: () => tokenFor(defender, cloud) };
  const ask = async () => {
    const rows = await queryAll(graph, assessmentQuery(image), subject);
    return readRows(rows, image, [formatPlatform(target.platform)], { tool: 'Defender for Cloud', subject });
  };
  const assessed = await settled(defender, ask, target, subject);
  // The date of the results stands for the database's: the service gives no other.
  return {
    scanner: { name: 'defender', version: 'service', database: assessed.generated },
    findings: assessed.findings,
  };
}

type Ready = Extract<Assessed, { readonly kind: 'assessed' }>;

// Results come in one after the other: they are whole where every answer of several minutes was the same, or all are old.
async function settled(
  { world, config, log }: Defender,
  ask: () => Promise<Assessed>,
  target: ScanTarget,
  subject: string,
): Promise<Ready> {
  const wait = target.atHand === true ? 0 : (config.scanner.wait ?? defaultWait);
  const start = world.now().getTime();
  const until = start + wait;
  let pause = firstPause;
  let last: Assessed = await ask();
  let since = start;
  if (last.kind === 'assessed' && start - Date.parse(last.generated ?? '') > settledAge) return last;
  for (;;) {
    const left = until - world.now().getTime();
    if (left <= 0) break;
    log(
      `${subject}: ${last.kind === 'pending' ? 'Defender for Cloud has no results yet' : 'waiting for results to be whole'}`,
    );
    await world.sleep(Math.min(pause * (0.75 + world.random() / 2), left));
    pause = Math.min(pause * 1.5, longestPause);
    const next = await ask();
    const now = world.now().getTime();
    const isSame = last.kind === 'assessed' && next.kind === 'assessed' && sameFindings(last, next);
    if (!isSame) since = now;
    else if (now - since >= quiet) return next;
    last = next;
  }
  const minutes = Math.round(wait / 60_000);
  const fact =
    wait === 0
      ? 'Defender for Cloud has no results of it'
      : `Defender for Cloud had no whole results of it after ${minutes} minutes`;
  throw fail(
    'scan-failed',
    subject,
    fact,
    'check that Defender for Containers is on for the registry, or wait longer with defender-wait',
    { retryable: true },
  );
}

function sameFindings(a: Ready, b: Ready): boolean {
  const names = ({ findings }: Ready) =>
    findings
      .map(({ id, package: { name } }) => `${id} ${name}`)
      .sort()
      .join('\n');
  return a.findings.length === b.findings.length && names(a) === names(b);
}

function tokenFor(defender: Defender, cloud: AzureCloud): Promise<EntraToken> {
  const { world, transport, secret, config } = defender;
  const now = world.now().getTime();
  const known = defender.tokens.get(cloud);
  if (known !== undefined && now - known.from < tokenLife) return known.token;
  const token = managementToken(
    { world, transport, cloud, resource: cloud.management, secret },
    config.scanner.azureToken,
  );
  defender.tokens.set(cloud, { from: now, token });
  return token;
}
