import type { Finding } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** What to do about a finding that breaks policy, in one sentence. */
export function adviceFor(finding: Finding, lapsed: PolicyException | undefined): string {
  const mend = mendOf(finding);
  if (lapsed === undefined) return `${mend}.`;
  return `Its exception ended on ${lapsed.expires} (${lapsed.reason}): ${lowerFirst(mend)}, or decide anew how long to accept it.`;
}

function mendOf({ package: { name }, fixed, owner }: Finding): string {
  if (fixed === undefined) {
    return owner === 'base'
      ? `No fixed version exists yet: choose a base without ${name}, or accept it for a time with an exception`
      : `No fixed version exists yet: remove ${name}, or accept it for a time with an exception`;
  }
  return owner === 'base'
    ? `Move to a base that has ${name} ${fixed}, or upgrade it in the Dockerfile until there is one`
    : `Upgrade ${name} to ${fixed}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
