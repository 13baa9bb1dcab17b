import { type Finding, fixOf } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** What to do about a finding that breaks policy, after why it does where its severity does not say. */
export function adviceFor(finding: Finding, why: string | undefined, lapsed: PolicyException | undefined): string {
  const remedy = remedyOf(finding);
  const fact = why === undefined ? '' : `${why}. `;
  if (lapsed === undefined) return `${fact}${remedy}.`;
  return `${fact}Its exception ended on ${lapsed.expires} (${lapsed.reason}): ${lowerFirst(remedy)}, or decide again how long to accept it.`;
}

function remedyOf(finding: Finding): string {
  const { package: part, owner } = finding;
  const { name } = part;
  if (finding.id === 'END-OF-LIFE') return `Move to a supported release of ${name}`;
  const isOfBase = owner === 'base';
  const fix = fixOf(finding);
  switch (fix.kind) {
    case 'none':
      return isOfBase
        ? `No fixed version exists yet: choose a base without ${name}, or accept it for a time with an exception`
        : `No fixed version exists yet: remove ${name}, or accept it for a time with an exception`;
    case 'unknown':
      return `The scanner does not say whether a version fixes it, which counts as one that does: ${isOfBase ? `look for a base with a newer ${name}` : `look for a newer ${name}`}, or accept it for a time with an exception`;
    case 'version':
      return isOfBase
        ? `Move to a base that has ${name} ${fix.version}, or upgrade it in the Dockerfile until there is one`
        : `Upgrade ${name} to ${fix.version}`;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
