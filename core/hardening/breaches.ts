import type { Finding } from '../scan/finding.ts';
import type { HardeningFact, HardeningKind } from '../scan/hardening-facts.ts';

const titles: Readonly<Record<HardeningKind, string>> = {
  'root-user': 'runs as root',
  shell: 'has a shell',
  'package-manager': 'has a package manager',
  downloader: 'has programs that fetch from the network',
  compiler: 'has compilers or linkers',
  setuid: 'has files that run as their owner (setuid, setgid)',
  capabilities: 'has files that give whoever runs them capabilities',
  secrets: 'has files that look like credentials',
  'deleted-secrets': 'has files that look like credentials in layers below those that delete them',
  'secret-variables': 'has variables that look like credentials in its configuration or history',
};

const remedies: Readonly<Record<HardeningKind, string>> = {
  'root-user': 'Set USER in the Dockerfile',
  shell: 'Choose a base without one, such as a distroless or chiselled one',
  'package-manager': 'Choose a base without one, such as a distroless or chiselled one',
  downloader: 'Remove them, or keep them in a build stage',
  compiler: 'Keep them in a build stage',
  setuid: 'Take the bits off (chmod a-s), or remove the files',
  capabilities: 'Take them off (setcap -r), or remove the files',
  'deleted-secrets': 'Use secret mounts in the build, squash the layers away, and change the credentials',
  'secret-variables':
    'Use secret mounts in the build and secrets of the platform at run time, and change the credentials',
  secrets: 'Remove them from every layer, use secret mounts in the build, and change the credentials',
};

/** What a fact says, in words: "has a shell (/bin/sh, /bin/bash)". */
export function describeFact({ kind, files, count }: HardeningFact): string {
  const shown = files.slice(0, 3).map((name) => (kind === 'secret-variables' ? name : `/${name}`));
  const rest = count - shown.length;
  const more = rest > 0 && shown.length > 0 ? ` and ${rest} more` : '';
  return shown.length === 0 ? titles[kind] : `${titles[kind]} (${shown.join(', ')}${more})`;
}

/** A fact as a finding like any other, so that exceptions and reports need not know of it. */
export function findingOf(fact: HardeningFact): Finding {
  return {
    id: `HARDENING-${fact.kind.toUpperCase()}`,
    aliases: [],
    title: `The image ${describeFact(fact)}`,
    package: { name: 'image', ...(fact.files[0] === undefined ? {} : { path: fact.files[0] }) },
    installed: '',
    severity: 'high',
    owner: 'unknown',
    platforms: fact.platforms,
  };
}

/** What to do about a fact that policy refuses. */
export function adviceOn(fact: HardeningFact): string {
  return `The image ${describeFact(fact)}. ${remedies[fact.kind]}, or accept it with an exception.`;
}
