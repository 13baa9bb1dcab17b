import type { Registry } from '../registry/registry.ts';
import type { Predicate } from './cosign.ts';
import { refreshRecord, type SigningSubject, scanPredicateOf, verificationSummaryOf } from './predicates.ts';
import type { AttestationKind, SignerName, SignSettings } from './settings.ts';
import type { SigningContext } from './signer-space.ts';
import { type Signers, signerDefinitions } from './signers.ts';

/** How an image is signed, and what is attested of it. */
export interface Signature {
  readonly tool: SignerName;
  /** The key's name; absent where an identity token stands for it. */
  readonly key?: string;
  readonly attestations: readonly AttestationKind[];
}

/** A software bill of materials of each platform, where something at hand can make one. */
export type MakeSbom = () => Promise<readonly Predicate[]>;

/** Signs a cleared image by digest, with what is attested of it, before any release tag names it; throws `sign-failed`. */
export async function signImage(
  context: SigningContext & { readonly registry: Registry },
  settings: SignSettings,
  subject: SigningSubject,
  makeSbom: MakeSbom,
  table: Signers = signerDefinitions,
): Promise<Signature> {
  const predicates = await predicatesOf(settings, subject, makeSbom);
  const image = subject.built.reference;
  const { tool: name, key } = settings;
  await table[name].sign(context, settings, image, predicates);
  return { tool: name, attestations: settings.attestations, ...(key === undefined ? {} : { key }) };
}

async function predicatesOf(
  { attestations }: SignSettings,
  subject: SigningSubject,
  makeSbom: MakeSbom,
): Promise<readonly Predicate[]> {
  const made = await Promise.all(attestations.map((kind) => predicatesOfKind(kind, subject, makeSbom)));
  return made.flat();
}

async function predicatesOfKind(
  kind: AttestationKind,
  subject: SigningSubject,
  makeSbom: MakeSbom,
): Promise<readonly Predicate[]> {
  switch (kind) {
    case 'record':
      return [refreshRecord(subject)];
    case 'scan':
      return [scanPredicateOf(subject)];
    case 'vsa':
      return [verificationSummaryOf(subject)];
    case 'sbom':
      return makeSbom();
  }
}
