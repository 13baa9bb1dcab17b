// Go's unicode.IsSpace, which is not JavaScript's \s: U+0085 is white space and U+FEFF is not.
const spaces = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const leading = new RegExp(`^[${spaces}]+`);
const single = new RegExp(`^[${spaces}]$`);

/** Whether Go takes the character for white space. */
export function isSpace(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x80 ? code === 32 || (code >= 9 && code <= 13) : single.test(character);
}

/** The text without leading white space. */
export function trimStart(text: string): string {
  return isSpace(text.charAt(0)) ? text.replace(leading, '') : text;
}

/** The text without white space at either end. */
export function trim(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1] ?? '')) end -= 1;
  return trimStart(text.slice(0, end));
}

/** Splits at runs of blanks as the parser does: tab, vertical tab, form feed, carriage return and space. */
export function splitBlanks(text: string): readonly string[] {
  return text.split(/[\t\v\f\r ]+/);
}

/** The text before and after the first run of blanks. */
export function cutAtBlanks(text: string): readonly [string, string | undefined] {
  const match = /[\t\v\f\r ]+/.exec(text);
  if (match === null) return [text, undefined];
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}
