import stringWidth from 'string-width';

/** How many columns of a terminal a text takes; what is printable ASCII takes one each, and needs no tables of Unicode. */
export function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}
