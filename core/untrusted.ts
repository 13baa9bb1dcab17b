import { stripVTControlCharacters } from 'node:util';

// What moves the cursor, reorders or hides text, or is passed over when .NET compares text by culture, as both log
// readers do: a soft hyphen inside `##vso[` would not keep it from being a command. Tab alone stays.
const unprintable = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The lines of a text, each without colours, cursor movements and characters that hide or reorder what is read. */
export function plainLines(text: string): readonly string[] {
  // A log reader ends a line at CR too, so what follows one could begin a command.
  return stripVTControlCharacters(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(unprintable, ''));
}

/**
 * One plain line that neither GitHub's runner nor Azure's agent takes for a command: `::name::` counts after leading
 * white space, `##[name]` and `##vso[…]` anywhere. The space that is put in leaves the text readable.
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
  return Array.from({ length: character.length }, (_, unit) => {
    return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }).join('');
}
