// NUL stands in no name of a file or an image, and ends each side of what is missing in a text.
const edge = '\0';
const longestReason = 200;

/** The place in a text of something that is not known, with the reason. */
export function notKnown(why: string): string {
  const short = [...why]
    .slice(0, longestReason)
    .join('')
    .replace(/\p{Cs}/gu, '');
  // Nothing in it is taken for a separator, a quote or a substitution by what takes the text apart.
  return (
    edge + encodeURIComponent(short).replace(/[!'()*~.-]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`) + edge
  );
}

/** Whether all of a text is known. */
export function isKnown(text: string): boolean {
  return !text.includes(edge);
}

/** Why a text is not known, by the first of what is missing in it. */
export function reasonIn(text: string): string {
  const [, reason = ''] = text.split(edge);
  try {
    return decodeURIComponent(reason);
  } catch {
    return 'is not known';
  }
}

/** The text with an ellipsis for what is not known. */
export function withEllipses(text: string): string {
  return text
    .split(edge)
    .map((part, at) => (at % 2 === 0 ? part : '…'))
    .join('');
}

/** Whether two texts are the same; undefined where what is not known of them decides. */
export function sameText(left: string, right: string): boolean | undefined {
  if (isKnown(left) && isKnown(right)) return left === right;
  const [[a, b], [c, d]] = [endsOf(left), endsOf(right)];
  const agree = (one: string, other: string, by: 'startsWith' | 'endsWith') => one[by](other) || other[by](one);
  if (!agree(a, c, 'startsWith') || !agree(b, d, 'endsWith')) return false;
  // A whole text has no room for less than the ends of the other.
  if (isKnown(right) && right.length < a.length + b.length) return false;
  if (isKnown(left) && left.length < c.length + d.length) return false;
  return undefined;
}

/** Whether a text begins with another that is known; undefined where what is not known of it decides. */
export function startsIn(text: string, start: string): boolean | undefined {
  const [known] = isKnown(text) ? [text] : endsOf(text);
  if (known.startsWith(start)) return true;
  return isKnown(text) || !start.startsWith(known) ? false : undefined;
}

/** Whether a text ends with another that is known; undefined where what is not known of it decides. */
export function endsIn(text: string, end: string): boolean | undefined {
  const known = isKnown(text) ? text : endsOf(text)[1];
  if (known.endsWith(end)) return true;
  return isKnown(text) || !end.endsWith(known) ? false : undefined;
}

// What is known before the first and behind the last of what is missing.
function endsOf(text: string): readonly [string, string] {
  return isKnown(text) ? [text, text] : [text.slice(0, text.indexOf(edge)), text.slice(text.lastIndexOf(edge) + 1)];
}

/** Why something may not happen, given the condition that a run decides. */
export function onlyIf(condition: string): string {
  const text = [...withEllipses(condition).replace(/\s+/g, ' ').trim()].slice(0, longestCondition).join('');
  return `only if ${text}, which only a run knows`;
}

const longestCondition = 120;
