import type { Digest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { exitFailure } from '../text/exit-words.ts';
import {
  type ReadySigner,
  type SignerProgram,
  type SigningContext,
  signAttempt,
  signFailure,
  speaksPlainHttp,
} from './signer-space.ts';

/** The program. */
export const notation: SignerProgram = {
  name: 'notation',
  remedy: 'install notation 1.1 or later, or name it with sign.path',
};

/** notation finds its keys, plugins and trust policy in the user's own folders. */
export const notationVariables: readonly string[] = [
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'NOTATION_CONFIG',
  'NOTATION_LIBEXEC',
  // Of its plugin for Azure Key Vault.
  'AZURE_*',
  'IDENTITY_*',
  'MSI_*',
];

/** Signs a manifest by digest; throws `sign-failed`. */
export async function notationSign(
  context: SigningContext,
  { run }: ReadySigner,
  { key, plugin }: { readonly key?: string; readonly plugin?: string },
  image: Reference & { readonly digest: Digest },
): Promise<void> {
  const named = key === undefined ? [] : plugin === undefined ? ['--key', key] : ['--plugin', plugin, '--id', key];
  const exit = await run(['sign', ...named, ...transport(context, image), exact(image)]);
  if (exit.kind === 'exited' && exit.code === 0) return;
  const remedy = 'check the key and that it may be pushed there';
  throw exitFailure(exit, { ...signAttempt(formatReference(image), notation, 'could not sign it'), remedy });
}

/** Whether an image carries a signature that notation's trust policy believes; throws `sign-failed` where that could not be found out. */
export async function notationVerify(
  context: SigningContext,
  { run }: ReadySigner,
  image: Reference & { readonly digest: Digest },
): Promise<'signed' | 'unsigned' | 'signed-by-another'> {
  const exit = await run(['verify', ...transport(context, image), exact(image)]);
  const words = exit.kind === 'exited' ? `${exit.stdout}\n${exit.stderr}` : '';
  if (exit.kind === 'exited' && exit.code === 0) return verified(image, words);
  if (/no signature is associated/.test(words)) return 'unsigned';
  if (/signature verification failed for all the signatures/.test(words)) return 'signed-by-another';
  throw exitFailure(exit, signAttempt(formatReference(image), notation, 'could not verify it'));
}

// notation 1.3 ends with 0 too where its trust policy has it check nothing (skip) or only write down what failed (audit).
function verified(image: Reference, words: string): 'signed' | 'signed-by-another' {
  if (/configured to skip signature verification/.test(words)) {
    const remedy = 'set its level to strict';
    throw signFailure(formatReference(image), 'notation verified nothing: its trust policy skips this base', remedy);
  }
  return /^Warning: .* failed with error/m.test(words) ? 'signed-by-another' : 'signed';
}

function exact({ registry, repository, digest }: Reference & { readonly digest: Digest }): string {
  return `${registry}/${repository}@${digest}`;
}

function transport(context: SigningContext, image: Reference): readonly string[] {
  return speaksPlainHttp(context, image) ? ['--insecure-registry'] : [];
}
