// https://docs.github.com/actions: 1 MiB for a step; over it the whole summary is dropped.
const limit = 1024 * 1024;

/** The summary, cut at the end of a paragraph where it is larger than GitHub takes, with a word about the rest. */
export function fitSummary(markdown: string, path: string): string {
  if (Buffer.byteLength(markdown) <= limit) return markdown;
  const notice = `\n\n> The summary is longer than GitHub shows; all of it is in ${inlineCode(path)}.\n`;
  const room = Buffer.from(markdown).subarray(0, limit - Buffer.byteLength(notice));
  // A character that was cut in half decodes to one replacement character or more.
  const text = room.toString('utf8').replace(/\ufffd+$/, '');
  const paragraph = Math.max(text.lastIndexOf('\n\n'), text.lastIndexOf('\n'));
  const shown = paragraph > 0 ? text.slice(0, paragraph) : text;
  const isOpen = (shown.match(/^```/gm) ?? []).length % 2 === 1;
  const details = count(shown, '<details') - count(shown, '</details>');
  const whole = `${shown}${isOpen ? '\n```' : ''}${'\n</details>'.repeat(Math.max(0, details))}${notice}`;
  return Buffer.byteLength(whole) <= limit ? whole : notice.trimStart();
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function inlineCode(path: string): string {
  return `\`${path.replaceAll('`', "'")}\``;
}
