import { fail } from '../failure.ts';
import { familiar, formatReference, type Reference, withTag } from '../oci/reference.ts';

/** Stands in a pattern for the release tag itself. */
const placeholder = '{tag}';

/** The tag under which a pattern such as `{tag}-previous` keeps what a release tag named before. */
export function rollbackTagOf(pattern: string, release: Reference): Reference & { readonly tag: string } {
  return withTag(release, pattern.replaceAll(placeholder, release.tag ?? 'latest'));
}

/** The rollback tags of an image, in the order of its releases; throws `config` where one could not be used. */
export function rollbackTagsOf(pattern: string, releases: readonly Reference[]): readonly Reference[] {
  const own = new Set(releases.map(formatReference));
  return releases.map((release) => {
    const rollback = rollbackTagOf(pattern, release);
    if (rollback.tag.length > 128) throw unusable(rollback, 'is longer than 128 characters');
    if (own.has(formatReference(rollback))) throw unusable(rollback, 'is a release tag of the same image');
    return rollback;
  });
}

function unusable(tag: Reference, detail: string) {
  return fail('config', familiar(tag), `the rollback tag ${detail}`, 'choose another rollback-tag');
}
