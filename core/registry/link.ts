/** The target of `rel="next"` in a Link header (RFC 8288); some registries leave the angle brackets out. */
export function nextLink(header: string | undefined): string | undefined {
  for (const link of (header ?? '').match(/<[^>]*>[^,]*|[^,<]+/g) ?? []) {
    const match = /^\s*(?:<([^>]*)>|([^\s;]+))\s*;.*\brel\s*=\s*"?next"?/i.exec(link);
    if (match !== null) return match[1] ?? match[2];
  }
  return undefined;
}
