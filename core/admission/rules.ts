import { isAbsolute, resolve } from 'node:path';
import { readNamedFile } from '../discover/read-file.ts';
import { attempt, FailureError, fail } from '../failure.ts';
import { formatReference, type Repository } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { SigningSettings } from '../sign/settings.ts';
import { certificatesIn, largestPem, publicKeyIn } from './pem.ts';
import { type AdmissionRule, requiredAttestations, type TrustedSigner } from './rule.ts';
import type { AdmissionSettings } from './settings.ts';
import { type Whom, whomToTrust } from './whom.ts';

type Settings = Pick<SigningSettings, 'sign' | 'trustAttested'> & { readonly root: string };

/** What policies demand of these repositories, one rule for each signer; throws `config` where images are not signed, or it is not known by whom. */
export async function admissionRules(
  world: Pick<World, 'files'>,
  { sign, trustAttested, root }: Settings,
  { key }: AdmissionSettings,
  repositories: readonly Repository[],
): Promise<readonly AdmissionRule[]> {
  if (sign === undefined) {
    throw fail('config', 'sign', 'is none, so that a policy would admit nothing', 'set sign to cosign or notation');
  }
  const attestations = requiredAttestations(sign);
  const bySigner = new Map<string, { signer: TrustedSigner; repositories: [Repository, ...Repository[]] }>();
  for (const repository of repositories) {
    requirePlainHost(repository);
    const whom = whomToTrust({ sign, trustAttested }, repository, key);
    const signer = await read(world, root, whom, sign.transparencyLog);
    const known = bySigner.get(JSON.stringify(signer));
    if (known === undefined) bySigner.set(JSON.stringify(signer), { signer, repositories: [repository] });
    else known.repositories.push(repository);
  }
  return [...bySigner.values()].map((rule) => ({ ...rule, attestations }));
}

// Patterns of every controller give brackets a meaning of their own.
function requirePlainHost({ registry, repository }: Repository): void {
  if (/^[\w.:-]+$/.test(registry)) return;
  const detail = 'names its registry by an IPv6 address, which no pattern of a policy can name';
  throw fail('config', formatReference({ registry, repository }), detail, 'publish it under the name of a host');
}

async function read(
  world: Pick<World, 'files'>,
  root: string,
  whom: Whom,
  transparencyLog: boolean,
): Promise<TrustedSigner> {
  if (whom.kind === 'said') return whom.signer;
  const path = isAbsolute(whom.path) ? whom.path : resolve(root, whom.path);
  const bytes = await attempt(path, () => readNamedFile(world, root, path, largestPem));
  if (bytes.kind === 'failed') {
    const remedy = 'give the public key or certificate with --admission-key';
    throw new FailureError({ ...bytes.failure, code: 'config', subject: path, remedy });
  }
  const text = Buffer.from(bytes.value).toString('utf8');
  if (whom.holds === 'certificates') return { kind: 'certificate', certificates: certificatesIn(text, path) };
  return { kind: 'key', pem: publicKeyIn(text, path), transparencyLog };
}
