import { asDigest, type Digest } from '../oci/digest.ts';
import { markdown, markdownCode, visibleText } from '../text/escape.ts';
import type { Update, UpdateGroup } from '../update/update.ts';
import { type RequestScope, scopeKey, scopeSentence } from './scope.ts';

const mark = /^<!-- base-image-refresh: (sha256:[0-9a-f]{64}) -->$/m;
const scopeMark = /^<!-- base-image-refresh-scope: (sha256:[0-9a-f]{64}) -->$/m;
const longestTitle = 150;

/** The title of a group's pull request. */
export function titleOf({ name, updates }: UpdateGroup): string {
  const [first, ...others] = updates;
  const title =
    first === undefined || others.length > 0
      ? `Update ${updates.length} base images (${name})`
      : `Update ${first.from} to ${first.to}`;
  return visibleText(title, longestTitle);
}

/** The body of a group's pull request: what moves from where to where, and marks by which a later run of its scope knows it. */
export function bodyOf(
  { name, updates }: UpdateGroup,
  fingerprint: Digest | string,
  longest: number,
  scope: RequestScope,
): string {
  const marks = `<!-- base-image-refresh: ${fingerprint} -->\n<!-- base-image-refresh-scope: ${scopeKey(scope)} -->\n`;
  const what = `Updates base images of the group ${markdownCode(name)}. ${scopeSentence(scope)}`.trimEnd();
  const head = `${marks}${what}\n\n| From | To | Kind | Where |\n|---|---|---|---|\n`;
  const foot =
    '\nThis pull request is kept up to date and closes itself when nothing is left to update. Its branch is rebuilt whenever the updates change.\n';
  const notes = updates.flatMap((update) =>
    update.notes.map((note) => `- ${markdownCode(update.to)}: ${markdown(note)}`),
  );
  const written = notes.length === 0 ? [] : ['', ...notes];
  const lines = [...updates.map(row), ...written];
  const room = longest - head.length - foot.length - 100;
  const shown = lines.slice(0, countThatFits(lines, room));
  const rest = lines.length - shown.length;
  return `${head}${shown.join('\n')}\n${rest === 0 ? '' : `\n${rest} more lines did not fit in here.\n`}${foot}`;
}

/** The mark of a body that this program wrote; undefined where there is none. */
export function fingerprintIn(body: string): Digest | undefined {
  return asDigest(mark.exec(body.replace(/\r\n/g, '\n'))?.[1] ?? '');
}

/** The scope of the runs that a body belongs to; undefined where an earlier version wrote it, or somebody else. */
export function scopeIn(body: string): Digest | undefined {
  return asDigest(scopeMark.exec(body.replace(/\r\n/g, '\n'))?.[1] ?? '');
}

function row({ from, to, kind, locations }: Update): string {
  const places = locations.slice(0, 3).map(({ path, line }) => markdownCode(`${path}:${line}`));
  const more = locations.length > 3 ? ` and ${locations.length - 3} more` : '';
  return `| ${markdownCode(from)} | ${markdownCode(to)} | ${kind} | ${places.join(', ')}${more} |`;
}

function countThatFits(lines: readonly string[], room: number): number {
  let size = 0;
  const over = lines.findIndex((line) => {
    size += line.length + 1;
    return size > room;
  });
  return over === -1 ? lines.length : over;
}
