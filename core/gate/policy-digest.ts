import { canonicalJson } from '../json.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { GatePolicy, PolicyException } from './policy.ts';

/**
 * The digest of a policy as it counts: what its files say, and not where on a machine they lie. `unreadable` is why they
 * could not be read.
 */
export function digestOfPolicy(policy: GatePolicy, unreadable?: string): Digest {
  const { ignoreFiles: _, vexFiles: __, knownExploitedFile: ___, epssFile: ____, ...said } = policy;
  const { exceptions, vex, known } = said;
  return digestOf(
    canonicalJson({
      ...said,
      exceptions: exceptions.map(withoutPlace),
      vex: vex?.map((entry) => ({ ...entry, exception: entry.exception && withoutPlace(entry.exception) })),
      known: known && { ...known, outdated: known.outdated?.map(({ facts }) => facts) },
      unreadable,
    }),
  );
}

// Of a file, the reason too may be where it lies, and decides nothing.
function withoutPlace({ source, reason, ...said }: PolicyException): Partial<PolicyException> {
  return source === undefined ? { ...said, reason } : said;
}
