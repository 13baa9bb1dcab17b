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
