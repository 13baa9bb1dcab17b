// What moves the cursor, reorders or hides text, or is passed over when .NET compares text by culture, as both log
// readers do: a soft hyphen inside `##vso[` would not keep it from being a command. Tab alone stays.
const unprintable = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

// Control sequences and control strings (ECMA-48, 5.4 and 5.6), and escapes of one character and of character sets
// (ECMA-35). A sequence ends at the next escape or line end at the latest, so that none is looked for over another.
const sequences = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]',
    '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[^\\u0007\\u001b\\u0090\\u0098\\u009b-\\u009f\\r\\n]*(?:\\u0007|\\u001b\\\\|\\u009c)',
    '\\u001b[ -/]*[0-~]',
  ].join('|'),
  'g',
);

/** A text without what steers a terminal: colours, cursor movements, titles, links. */
export function withoutEscapes(text: string): string {
  return text.replace(sequences, '');
}

/** The lines of a text, each without colours, cursor movements and characters that hide or reorder what is read. */
export function plainLines(text: string): readonly string[] {
  // A log reader ends a line at CR too, so what follows one could begin a command.
  return withoutEscapes(text)
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
