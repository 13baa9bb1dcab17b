import { formatReference, parseReference, type Reference } from '../oci/reference.ts';

/** The reference in the spelling of `text`, which names the same repository: only tag and digest differ. */
export function respell(text: string, { tag, digest }: Reference): string {
  const name = nameIn(text);
  const said = tag === undefined || (tag === 'latest' && name === text && digest === undefined) ? '' : `:${tag}`;
  return `${name}${said}${digest === undefined ? '' : `@${digest}`}`;
}

// A colon before the last slash belongs to the registry's port.
function nameIn(text: string): string {
  const [bare = ''] = text.split('@', 1);
  const colon = bare.indexOf(':', bare.lastIndexOf('/') + 1);
  return colon === -1 ? bare : bare.slice(0, colon);
}

/** Whether the text is a spelling of the reference. */
export function spells(text: string, reference: Reference): boolean {
  return formatReference(parseReference(text)) === formatReference(reference);
}
