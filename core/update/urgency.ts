import { describeFailure } from '../failure.ts';
import { loadPolicy } from '../gate/load-policy.ts';
import type { GatePolicy } from '../gate/policy.ts';
import type { Verdict } from '../gate/verdict.ts';
import { decideGate } from '../gate.ts';
import type { Platform } from '../oci/platform.ts';
import type { World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { Finding } from '../scan/finding.ts';
import { scanImage } from '../scan/scan-image.ts';
import type { Scanner } from '../scan/scanner.ts';
import type { Pinned, Urgency } from './question.ts';

/** What comparing two images by their scans takes of a run. */
export interface UrgencyContext {
  readonly config: { readonly root: string; readonly gate: GatePolicy };
  readonly registry: Registry;
  readonly scanner: Scanner;
  readonly world: World;
}

/** Scans what is used and what would be, and says which findings that the gate refuses only the former has. */
export async function compareScans(
  run: UrgencyContext,
  used: Pinned,
  candidate: Pinned,
  platforms: readonly Platform[],
): Promise<Urgency> {
  const [before, after] = await Promise.all([gatedScan(run, used, platforms), gatedScan(run, candidate, platforms)]);
  const inconclusive = [before, after].find((verdict) => verdict.kind === 'inconclusive');
  if (inconclusive?.kind === 'inconclusive') {
    return {
      kind: 'no',
      why: `whether it fixes anything is not known: ${describeFailure(inconclusive.failure)}`,
    };
  }
  const [old, left] = [refusedIn(before), refusedIn(after)];
  const added = [...left.keys()].filter((key) => !old.has(key));
  if (added.length > 0) return { kind: 'no', why: `the gate would refuse it for ${namesOf(added, left)}` };
  const fixed = [...old.keys()].filter((key) => !left.has(key));
  if (fixed.length === 0) return { kind: 'no', why: 'it fixes nothing that the gate refuses' };
  return { kind: 'fixes', ids: idsOf(fixed, old) };
}

async function gatedScan(run: UrgencyContext, reference: Pinned, platforms: readonly Platform[]): Promise<Verdict> {
  const { config, registry, scanner, world } = run;
  const { policy } = await loadPolicy(world, config.root, config.gate, [reference]);
  // A base is compared with the other one here, and with no published image.
  const own: GatePolicy = { ...policy, newOnly: false, scope: 'absolute' };
  return decideGate(own, await scanImage(registry, scanner, reference, { platforms }), undefined, world.now());
}

function refusedIn(verdict: Verdict): ReadonlyMap<string, Finding> {
  const breaches = verdict.kind === 'fail' ? verdict.breaches : [];
  return new Map(breaches.map(({ finding }) => [`${finding.id} ${finding.package.name}`, finding]));
}

function idsOf(keys: readonly string[], findings: ReadonlyMap<string, Finding>): readonly string[] {
  return [...new Set(keys.flatMap((key) => findings.get(key)?.id ?? []))];
}

function namesOf(keys: readonly string[], findings: ReadonlyMap<string, Finding>): string {
  const ids = idsOf(keys, findings);
  return ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ');
}
