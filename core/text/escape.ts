const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
// Controls, invisible and direction-changing formats, private use, lone surrogates and what XML 1.0 forbids.
const deceptive = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFE\uFFFF]/gu;

/** Untrusted text on one line, cut at `limit`, with every control, invisible and direction-changing character made visible. */
export function visibleText(text: string, limit = 2000): string {
  const cut = text.length > limit ? `${text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
  return cut.replace(lineBreaks, ' ').replace(deceptive, '\uFFFD');
}

const zeroWidthSpace = '\u200B';
// Hosts look for these after rendering, so a backslash does not stop them: mentions, issues, bare links, emoji names.
const hostLinks = /@|#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|:(?=[a-z][\w+-]*:)|\bwww(?=\.)|\b(?:mailto|xmpp)(?=:)/giu;
const markdownSyntax = /[&<>`*_~[\]\\|$!#^{}]|^[-+=]|(?<=^\d+)[.)]/gu;

/** Untrusted text as inert Markdown: it shows as it is and makes no markup, link, mention or table cell. */
export function markdown(text: string, limit = 1000): string {
  return visibleText(text, limit)
    .trim()
    .replace(hostLinks, (found) => found + zeroWidthSpace)
    .replace(markdownSyntax, (character) => `&#${character.charCodeAt(0)};`);
}

/** Untrusted text as Markdown code where it can be held in a code span, else as inert text; a dash where empty. */
export function markdownCode(text: string, limit = 300): string {
  const shown = visibleText(text, limit).trim();
  if (shown === '' || shown === '–') return '–';
  return /[`|\\<>&$]/.test(shown) ? markdown(text, limit) : `\`${shown}\``;
}

/** A Markdown link where the address is plain https, else the label alone. */
export function markdownLink(label: string, address: string | undefined): string {
  const safe = safeLink(address);
  if (safe === undefined) return markdown(label);
  return `[${markdown(label)}](${safe.replace(/[()*_~|`]/g, percentEncoded)})`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Untrusted text for HTML element content and quoted attributes. */
export function html(text: string, limit = 4000): string {
  return visibleText(text, limit).replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}

/** Untrusted text for SARIF messages, in which `[text](target)` is a link and `{0}` a placeholder (SARIF 2.1.0 §3.11). */
export function sarifText(text: string, limit = 2000): string {
  return visibleText(text, limit)
    .trim()
    .replace(/\](?=\()/g, '] ')
    .replace(/\{(?=\d)/g, '{ ');
}

/** The address where it is https without credentials and can stand in an attribute, else undefined. */
export function safeLink(address: string | undefined): string | undefined {
  if (address === undefined || address.length > 2000 || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  return url.href.replace(/[<>"'`\\[\]{}]/g, percentEncoded);
}
