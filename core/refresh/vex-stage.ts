import { vexBeside } from '../gate/vex/referrers.ts';
import type { GatePolicy } from '../gate.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Run } from './context.ts';

type Exact = Reference & { readonly digest: Digest };

/** Images whose referrers may say what does not matter: the published one, and the base that it stands on. */
export interface VexSources {
  readonly image?: Exact;
  readonly base?: Exact;
}

/** A policy with the exceptions of VEX documents beside the image and its base, where policy wants them. */
export async function withAttachedVex(
  { host, registry }: Run,
  name: string,
  policy: GatePolicy,
  { image, base }: VexSources,
): Promise<GatePolicy> {
  if (policy.vexReferrers !== true) return policy;
  const [own, inherited] = await Promise.all(
    [image, base].map((source) => (source === undefined ? none : vexBeside(registry, source, source))),
  );
  for (const note of [...(own?.skipped ?? []), ...(inherited?.skipped ?? [])]) host.log('warning', `${name}: ${note}`);
  // What a base's makers say of the whole base, they do not say of what others put on it.
  const ofPackages = (inherited?.exceptions ?? [])
    .filter(({ purl }) => purl !== undefined)
    .map((exception) => ({ ...exception, of: 'base' as const }));
  return { ...policy, exceptions: [...policy.exceptions, ...(own?.exceptions ?? []), ...ofPackages] };
}

const none = { exceptions: [], skipped: [] };
