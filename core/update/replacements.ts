import { asReference, familiar, type Reference, withTag } from '../oci/reference.ts';
import type { HeldCandidate } from './question.ts';
import type { UpdateChoice } from './settings.ts';

interface Replacement {
  /** Repository, registry first, and everything below it where it ends with a slash. */
  readonly from: string;
  readonly to: string;
  readonly why: string;
  /** Whether the same tags are there. */
  readonly sameTags?: true;
}

const deprecated = 'is deprecated on Docker Hub';

// Announcements of the publishers, and the deprecation notes of docker-library.
const replacements: readonly Replacement[] = [
  { from: 'k8s.gcr.io/', to: 'registry.k8s.io/', why: 'is frozen since 2023-04-03', sameTags: true },
  { from: 'gcr.io/google-containers/', to: 'registry.k8s.io/', why: 'is no longer published to', sameTags: true },
  { from: 'gcr.io/google_containers/', to: 'registry.k8s.io/', why: 'is no longer published to', sameTags: true },
  { from: 'mcr.microsoft.com/dotnet/core/', to: 'mcr.microsoft.com/dotnet/', why: 'ends with .NET Core 3.1' },
  { from: 'docker.io/library/openjdk', to: 'docker.io/library/eclipse-temurin', why: deprecated },
  { from: 'docker.io/library/java', to: 'docker.io/library/eclipse-temurin', why: deprecated },
  { from: 'docker.io/library/adoptopenjdk', to: 'docker.io/library/eclipse-temurin', why: deprecated },
  { from: 'docker.io/library/centos', to: 'docker.io/library/almalinux', why: deprecated },
  { from: 'docker.io/library/jenkins', to: 'docker.io/jenkins/jenkins', why: deprecated },
  { from: 'docker.io/library/vault', to: 'docker.io/hashicorp/vault', why: deprecated },
  { from: 'docker.io/library/consul', to: 'docker.io/hashicorp/consul', why: deprecated },
  { from: 'docker.io/library/opensuse', to: 'docker.io/opensuse/leap', why: deprecated },
  { from: 'docker.io/jboss/keycloak', to: 'quay.io/keycloak/keycloak', why: 'is no longer published to' },
];

/** What takes the place of an image that its publishers have moved, renamed or given up: it is shown, and not taken. */
export function replacementFor(
  reference: Reference,
  { replacedBy }: Pick<UpdateChoice, 'replacedBy'>,
): readonly HeldCandidate[] {
  const from = `${reference.registry}/${reference.repository}`;
  if (replacedBy !== undefined) return [held(reference, replacedBy, 'is replaced in update.rules', true)];
  const known = replacements.find((one) => (one.from.endsWith('/') ? from.startsWith(one.from) : from === one.from));
  if (known === undefined) return [];
  const to = asReference(known.from.endsWith('/') ? known.to + from.slice(known.from.length) : known.to);
  return to === undefined ? [] : [held(reference, to, known.why, known.sameTags === true)];
}

function held(reference: Reference, to: Reference, why: string, sameTags: boolean): HeldCandidate {
  const { registry, repository } = to;
  const plain: Reference = { registry, repository };
  const name = familiar({ registry: reference.registry, repository: reference.repository });
  const also = sameTags ? '' : '; choose its tag';
  return {
    target: sameTags && reference.tag !== undefined ? withTag(plain, reference.tag) : plain,
    kind: 'major',
    reason: 'replaced',
    detail: `takes the place of ${name}, which ${why}${also}`,
  };
}
