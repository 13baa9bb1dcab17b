import { type Platform, samePlatform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { UpdateSubject } from './question.ts';
import { type EditableRepository, type Use, usesIn } from './repository.ts';
import { choiceFor, type UpdateSettings } from './settings.ts';

/** A reference with every use of it in the repository. */
export interface UsedReference {
  readonly subject: UpdateSubject;
  readonly uses: readonly Use[];
}

/** Every reference of the repository once, in the order in which it is first used. */
export function usedReferences(
  repository: EditableRepository,
  releases: readonly Reference[],
  settings: UpdateSettings,
): readonly UsedReference[] {
  const byReference = new Map<string, Use[]>();
  for (const path of repository.sources.keys()) {
    for (const use of usesIn(repository, path) ?? []) {
      const key = formatReference(use.reference);
      const known = byReference.get(key);
      if (known === undefined) byReference.set(key, [use]);
      else known.push(use);
    }
  }
  const own = new Set(releases.map(formatReference));
  return [...byReference].flatMap(([key, uses]) => {
    const [first] = uses;
    return first === undefined ? [] : [{ subject: subjectOf(first.reference, uses, settings, own.has(key)), uses }];
  });
}

function subjectOf(
  reference: Reference,
  uses: readonly Use[],
  settings: UpdateSettings,
  isOwn: boolean,
): UpdateSubject {
  const [unknown] = uses.flatMap(({ where }) => ('variant' in where ? (where.variant.unknown ?? []) : []));
  return {
    reference,
    choice: choiceFor(settings, reference),
    platforms: distinct(uses.filter(({ isStated }) => isStated).map(({ platform }) => platform)),
    unstated: uses.find(({ isStated }) => !isStated)?.platform,
    isOwn,
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function distinct(platforms: readonly Platform[]): readonly Platform[] {
  return platforms.filter((platform, at) => platforms.findIndex((other) => samePlatform(other, platform)) === at);
}
