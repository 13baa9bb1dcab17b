import { type Broken, type Continuity, type Difference, type Explained, reasons } from './difference.ts';

const longestValue = 120;

/** A difference in words: `label a (linux/amd64): "1", and not "2"`. */
export function describeDifference({ what, platform, from, to }: Difference): string {
  const where = platform === undefined ? '' : ` (${platform})`;
  if (from === null) return `${what}${where} is new`;
  if (to === null) return `${what}${where} is gone`;
  return `${what}${where} from ${value(from)} to ${value(to)}`;
}

/** A difference that was undone, in words. */
export function describeCarried({ what, platform, from }: Difference): string {
  const where = platform === undefined ? '' : ` (${platform})`;
  return from === null ? `${what}${where}` : `${what}${where}: ${value(from)}`;
}

/** A difference with what explains it. */
export function describeExplained(explained: Pick<Explained, keyof Difference | 'because'>): string {
  return `${describeDifference(explained)}: ${reasons[explained.because]}`;
}

/** A break with its remedy. */
export function describeBroken(broken: Broken): string {
  return `${describeDifference(broken)}; ${broken.remedy}`;
}

/** What was found in one sentence; undefined where the image is as the published one. */
export function describeContinuity({ carried, explained, broken }: Continuity): string | undefined {
  const [first, ...others] = broken;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    return `would break the continuity of the published image: ${describeBroken(first)}${more}`;
  }
  if (carried.length + explained.length === 0) return undefined;
  return `continuity: ${carried.length} carried over, ${explained.length} explained`;
}

function value(text: string): string {
  return JSON.stringify(text.length > longestValue ? `${text.slice(0, longestValue)}…` : text);
}
