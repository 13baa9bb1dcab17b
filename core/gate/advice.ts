import type { Finding } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** What to do about a finding that breaks policy, after why it does where its severity does not say. */
export function adviceFor(finding: Finding, why: string | undefined, lapsed: PolicyException | undefined): string {
  const remedy = remedyOf(finding);
  const fact = why === undefined ? '' : `${why}. `;
  if (lapsed === undefined) return `${fact}${remedy}.`;
  return `${fact}Its exception ended on ${lapsed.expires} (${lapsed.reason}): ${lowerFirst(remedy)}, or decide again how long to accept it.`;
}

function remedyOf({ id, package: { name }, fixed, owner }: Finding): string {
  if (id === 'END-OF-LIFE') return `Move to a supported release of ${name}`;
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
