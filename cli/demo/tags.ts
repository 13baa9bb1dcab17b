import { attempt, FailureError, isAbsent } from '../../core/failure.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { formatReference, type Reference, withTag } from '../../core/oci/reference.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { names } from './repository.ts';

/** A release tag before and after the run, as the registry itself answers. */
export interface DemoTag {
  readonly image: 'platform' | 'web';
  readonly reference: string;
  readonly before: Digest | null;
  readonly after: Digest | null;
}

/** What the release tags name now; a client that has asked for nothing yet must be given, or it answers from memory. */
export async function askTags(registry: Registry, host: string): Promise<ReadonlyMap<string, Digest | null>> {
  const answers = releases(host).map(async ({ reference }) => {
    return [formatReference(reference), await digestOf(registry, reference)] as const;
  });
  return new Map(await Promise.all(answers));
}

/** Both answers side by side. */
export function releaseTags(
  host: string,
  before: ReadonlyMap<string, Digest | null>,
  after: ReadonlyMap<string, Digest | null>,
): readonly DemoTag[] {
  return releases(host).map(({ image, reference }) => {
    const name = formatReference(reference);
    return { image, reference: name, before: before.get(name) ?? null, after: after.get(name) ?? null };
  });
}

function releases(registry: string): readonly { readonly image: DemoTag['image']; readonly reference: Reference }[] {
  return (['platform', 'web'] as const).flatMap((image) => {
    const { repository, tags } = names[image];
    return tags.map((tag) => ({ image, reference: withTag({ registry, repository }, tag) }));
  });
}

async function digestOf(registry: Registry, reference: Reference): Promise<Digest | null> {
  const head = await attempt(formatReference(reference), () => registry.head(reference));
  if (head.kind === 'done') return head.value.digest;
  if (isAbsent(head.failure)) return null;
  throw new FailureError(head.failure);
}
