import { fail } from '../../failure.ts';
import { field, parsed } from '../../json.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Ask } from '../auth/session.ts';
import { manifestLimit } from '../transport/body.ts';
import { type Context, reading } from './context.ts';
import { readAnywhere } from './mirror.ts';
import { pages } from './pages.ts';

/** All tags of a repository (distribution-spec, "Listing Tags"). */
export function listTags(context: Context, repository: Repository): Promise<readonly string[]> {
  return readAnywhere(context, repository, (place) => listTagsAt(place, repository));
}

async function listTagsAt(context: Context, repository: Repository): Promise<readonly string[]> {
  const subject = `${repository.registry}/${repository.repository}`;
  const ask: Ask = { ...reading(context, repository), subject, method: 'GET', to: 'tags/list?n=1000' };
  const tags = new Set<string>();
  for await (const answer of pages(context.session, ask, manifestLimit)) {
    if (answer.status !== 200) throw context.session.failure(answer, ask);
    for (const tag of tagsOf(answer.bytes, subject)) tags.add(tag);
  }
  return [...tags];
}

function tagsOf(bytes: Uint8Array, subject: string): readonly string[] {
  const tags = parseTags(bytes);
  // Distribution answers null for a repository that has lost its last tag.
  if (tags === null) return [];
  if (!Array.isArray(tags)) throw fail('malformed', subject, 'registry answered without a list of tags');
  return tags.filter((tag): tag is string => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag));
}

function parseTags(bytes: Uint8Array): unknown {
  return field(parsed(new TextDecoder().decode(bytes)), 'tags');
}
