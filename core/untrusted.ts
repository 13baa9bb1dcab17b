import { stripVTControlCharacters } from 'node:util';

// Escape sequences aside: C0 but tab, DEL, C1, and the characters that reorder or hide text (Unicode UAX #9).
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
const unprintable = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The lines of a text, each without anything that moves the cursor, changes colours or reorders what is read. */
export function plainLines(text: string): readonly string[] {
  // A log reader ends a line at CR too, so what follows one could begin a command.
  return stripVTControlCharacters(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(unprintable, ''));
}

/**
 * One line that neither GitHub's runner nor Azure's agent takes for a command: `::name::` counts after leading white
 * space, `##[name]` and `##vso[…]` anywhere. The space that is put in leaves the text readable.
 */
export function inertLine(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1: ').replace(/##(?=\[|vso\[)/gi, '# #');
}

/** Text for a CI log: plain, and inert line by line. */
export function inertText(text: string): string {
  return plainLines(text).map(inertLine).join('\n');
}

/** The same JSON document with what is unprintable in its strings written as escapes. */
export function plainJson(json: string): string {
  return json.replace(unprintable, (found) => (/[\r\n]/.test(found) ? found : escaped(found)));
}

/** The same JSON document for a CI log: no string in it holds `##[` or `##vso[` as it stands. */
export function inertJson(json: string): string {
  return plainJson(json).replace(/#(?=#(?:\[|vso\[))/gi, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
