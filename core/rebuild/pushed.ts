import { fail } from '../failure.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { BuildOrder } from './engine.ts';

/** The digest that a tool says it pushed under the candidate tag, which the registry must have there too. */
export async function digestPushed(
  registry: Registry,
  { build, candidate }: BuildOrder,
  said: string,
): Promise<Digest> {
  const digest = asDigest(said.match(/sha256:[0-9a-f]{64}/g)?.at(-1) ?? '');
  if (digest === undefined) throw fail('build-failed', build.name, 'the builder did not say which digest it pushed');
  registry.forget(candidate);
  const head = await registry.head(candidate);
  if (head.digest === digest) return digest;
  throw fail('digest-mismatch', formatReference(candidate), `registry has ${head.digest} and not the built ${digest}`);
}
