import { dump } from 'js-yaml';
import { visibleText } from '../text/escape.ts';
import { wrapped } from '../text/terminal.ts';

const columns = 100;
const longest = 600;

/** Lines of YAML for a value, whatever its texts hold, so many columns in. */
export function yamlLines(value: unknown, indent = 0): readonly string[] {
  const lines = dump(value, { lineWidth: -1, quoteStyle: 'double' }).replace(/\n$/, '').split('\n');
  return lines.map((line) => (line === '' ? line : `${' '.repeat(indent)}${line}`));
}

/** Lines of a YAML comment for a text, whatever it holds. */
export function commentLines(text: string, indent = 0): readonly string[] {
  const lead = `${' '.repeat(indent)}# `;
  // No character of it is one that YAML refuses or takes for the end of a line.
  return wrapped(visibleText(text, longest), columns - lead.length).map((line) => `${lead}${line}`.trimEnd());
}
