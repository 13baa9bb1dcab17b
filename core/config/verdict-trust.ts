import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import type { FileNode } from '../settings/file-node.ts';
import { readTrustRules } from '../sign/config.ts';
import type { TrustRule } from '../sign/settings.ts';
import { isInRepository } from './checkout.ts';

/**
 * Whose verdicts stand in place of a scan: whom the policies of the run, and a configuration of its own, believe. A key that is
 * a file of the checkout is whose the checkout says, and counts for nothing here.
 */
export async function verdictTrust(
  world: Pick<World, 'files' | 'env' | 'cwd'>,
  root: string,
  ofRun: readonly (FileNode | undefined)[],
): Promise<readonly TrustRule[]> {
  const rules = ofRun.flatMap((file) => readTrustRules(file, 'verify-attestations'));
  const own = await Promise.all(rules.map((rule) => isOfRepository(world, root, rule)));
  return rules.filter((_, at) => own[at] === false);
}

async function isOfRepository(
  world: Pick<World, 'files' | 'env' | 'cwd'>,
  root: string,
  { signer }: TrustRule,
): Promise<boolean> {
  if (signer.kind !== 'cosign-key' || signer.key.includes('://')) return false;
  return isInRepository(world, root, resolve(root, signer.key));
}
