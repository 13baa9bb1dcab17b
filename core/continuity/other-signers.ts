import { append } from '../append.ts';
import { fail } from '../failure.ts';
import { familiar } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { SignedBy } from '../sign/certificate.ts';
import type { Exact, SignerName } from '../sign/settings.ts';
import { attachedTo } from './attached.ts';
import type { Broken } from './difference.ts';
import type { StandingSignature } from './form.ts';

/** A candidate that is signed, and the signatures of the image that it is to replace. */
export interface SignedSuccession {
  readonly registry: Registry;
  readonly tool: SignerName;
  readonly signatures: readonly StandingSignature[];
  readonly candidate: Exact;
  /** How many signatures of each image are by the bare key that signs; throws where that could not be found out. */
  readonly countOwn: (images: readonly [Exact, ...Exact[]]) => Promise<readonly number[]>;
}

const remedy = 'sign with the key or identity that signed it, or accept signature';

/** The bare keys of the published image that are not the one that is to sign; throws where a signer is not known. */
export async function otherKeys(succession: SignedSuccession): Promise<readonly Broken[]> {
  const { tool, countOwn } = succession;
  const signatures = ofTool(succession);
  const hidden = signatures.find(({ by }) => by.kind === 'unknown');
  if (hidden !== undefined) throw unreadable(hidden.of);
  const repositories = new Map<string, Exact[]>();
  for (const { of, by } of signatures)
    if (by.kind === 'key') append(repositories, `${of.registry}/${of.repository}`, of);
  for (const signed of repositories.values()) {
    if (!(await areOwn(signed, countOwn))) return [broken(tool, 'another key', 'the key of this run')];
  }
  return [];
}

// One entry for each signature of a manifest, all in one repository.
async function areOwn(signed: readonly Exact[], countOwn: SignedSuccession['countOwn']): Promise<boolean> {
  const images = new Map(signed.map((image) => [image.digest, image]));
  const [first, ...others] = images.values();
  if (first === undefined) return true;
  const counts = await countOwn([first, ...others]);
  return [...images.keys()].every(
    (digest, at) => (counts[at] ?? 0) >= signed.filter((image) => image.digest === digest).length,
  );
}

/** The identities of the published image's signatures that the signed candidate lacks; throws where they are not known. */
export async function otherIdentities(succession: SignedSuccession): Promise<readonly Broken[]> {
  const { registry, tool, candidate } = succession;
  const before = identitiesIn(ofTool(succession).map(({ by }) => by));
  if (before.length === 0) return [];
  const { things } = await attachedTo(registry, candidate, candidate.digest);
  const own = things.flatMap((one) => (one.kind === 'signature' && one.tool === tool ? [one.by] : []));
  if (own.length === 0 || own.some(({ kind }) => kind === 'unknown')) throw unreadable(candidate);
  const now = identitiesIn(own);
  const to = now.length === 0 ? 'a key' : now.join(' and ');
  return before.filter((one) => !now.includes(one)).map((from) => broken(tool, from, to));
}

function ofTool({ signatures, tool }: SignedSuccession): readonly StandingSignature[] {
  return signatures.filter((one) => one.tool === tool);
}

function identitiesIn(all: readonly SignedBy[]): readonly string[] {
  return [...new Set(all.flatMap((by) => (by.kind === 'certificate' ? [by.identity] : [])))];
}

function broken(tool: SignerName, from: string, to: string): Broken {
  return { aspect: 'signature', what: `signature by ${tool}`, from, to, remedy };
}

function unreadable(image: Exact) {
  const detail = 'the signer of a signature of it cannot be read';
  return fail('sign-failed', familiar(image), detail, 'run again, or accept signature');
}
