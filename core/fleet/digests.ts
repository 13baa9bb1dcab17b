import { onPolicyGround } from '../config/base-branch.ts';
import type { Config } from '../config/model.ts';
import { attempt } from '../failure.ts';
import { loadPolicy } from '../gate/load-policy.ts';
import { digestOfPolicy } from '../gate/policy-digest.ts';
import { canonicalJson } from '../json.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { World } from '../ports.ts';
import { defaultScanner, type ScannerSettings } from '../scan/settings.ts';

/** What decides what a run builds and lets through, as digests: a leg under other rules is no part of the run. */
export interface Rules {
  readonly policy: Digest;
  readonly settings: Digest;
}

/** The digests of the policy, with its exceptions and VEX documents, and of the settings after inputs. */
export async function runRules(world: World, config: Config): Promise<Rules> {
  const there = onPolicyGround(world, config.policyGround ?? { kind: 'checkout' });
  const loaded = await attempt('policy', () => loadPolicy(there, config.root, config.gate, []));
  // What cannot be read keeps images from being built, not from being checked.
  const policy =
    loaded.kind === 'done' ? digestOfPolicy(loaded.value.policy) : digestOfPolicy(config.gate, loaded.failure.code);
  const { engine, source, continuity, rebase, staleWhen, staleBases, settle, tags, target, args, platforms } = config;
  const { images, promotion, build, tests, sign, trust, trustAttested, force } = config;
  const settings = {
    ...{ engine, source, continuity, staleWhen, staleBases, settle, tags, target, args, platforms, images, tests },
    ...{ trust, trustAttested, force, rebase: rebase.policy, rollbackTag: promotion.rollbackTag },
    ...{ freshness: build.freshness, secrets: build.secrets.map(({ id }) => id), sbomGenerator: build.sbomGenerator },
    scanners: scannersOf(config.scanner),
    signs: sign === undefined ? null : [sign.tool, sign.attestations, sign.recursive],
  };
  return {
    policy,
    settings: digestOf(canonicalJson(settings, config.root)),
  };
}

/** The digest of the rules that say whose records of promotions count. */
export function believedRecords({ trustAttested, root }: Pick<Config, 'trustAttested' | 'root'>): Digest {
  return digestOf(canonicalJson(trustAttested, root));
}

// What `plan` is given too: which programs say what is found. Where they come from may differ by machine.
function scannersOf({ tool = defaultScanner, command, format, beside = [] }: ScannerSettings): readonly unknown[] {
  return [{ tool, command, format }, ...beside.flatMap(scannersOf)];
}
