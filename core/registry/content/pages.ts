import { fail } from '../../failure.ts';
import type { Ask, Provenance, Session } from '../auth/session.ts';
import { ownAddress } from '../transport/addresses.ts';
import type { WholeReply } from '../transport/transport.ts';

/** More pages than this are taken for a registry that never ends. */
const mostPages = 1_000;

/** Every page of a list, following Link headers on the registry's own host; `first` decides about the first answer. */
export async function* pages(session: Session, ask: Ask, limit: number): AsyncGenerator<WholeReply & Provenance> {
  const seen = new Set<string>();
  let current = ask;
  for (let count = 0; count < mostPages; count++) {
    const answer = await session.answer(current, limit);
    yield answer;
    const next = answer.status === 200 ? nextLink(answer.headers.link) : undefined;
    if (next === undefined) return;
    const url = ownAddress(next, answer.url, ask.place.endpoint, ask.subject);
    if (seen.has(url.href)) throw fail('malformed', ask.subject, 'registry lists its pages in a circle');
    seen.add(url.href);
    current = { ...ask, to: url };
  }
  throw fail('malformed', ask.subject, `registry lists more than ${mostPages} pages`);
}

/** The target of `rel="next"` in a Link header (RFC 8288); some registries leave the angle brackets out. */
export function nextLink(header: string | undefined): string | undefined {
  for (const link of linksIn(header ?? '')) {
    const match = /^\s*(?:<([^>]*)>|([^\s;]+))\s*;.*\brel\s*=\s*"?next"?/i.exec(link);
    if (match !== null) return match[1] ?? match[2];
  }
  return undefined;
}

// Commas part links, but not within angle brackets; what is opened and never closed ends the header.
function linksIn(header: string): readonly string[] {
  const links: string[] = [];
  let start = 0;
  for (let at = 0; at < header.length; at += 1) {
    if (header[at] === '<') {
      at = header.indexOf('>', at);
      if (at === -1) return links;
    } else if (header[at] === ',') {
      links.push(header.slice(start, at));
      start = at + 1;
    }
  }
  return [...links, header.slice(start)];
}
