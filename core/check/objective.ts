import { complain, invalid, type Text } from '../settings/value.ts';

/** How fresh images are to be: a service level objective on the time that they are behind their bases. */
export interface Objective {
  /** As it was written. */
  readonly text: string;
  /** The image that it is for; all without one of their own when absent. */
  readonly image?: string;
  /** Percent of the images that have to be within the time; each of them when absent. */
  readonly share?: number;
  /** Milliseconds. */
  readonly behind: number;
}

/** What a report says of an objective. */
export interface ReportedObjective {
  readonly objective: string;
  readonly met: boolean;
  /** How many images it is about, and how many are within its time. */
  readonly of: number;
  readonly within: number;
  /** Those that are not; `behindMs` is null where it is not known for how long. */
  readonly beyond: readonly { readonly name: string; readonly behindMs: number | null }[];
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, d: 24 * 3_600_000 };
const remedy = 'write 24h behind, WEB=3d behind for one image, or 95% 24h behind for the share of all images';

/** Reads an objective: `24h behind`, `web=3d behind` or `95% 24h behind`; throws where it is not one. */
export function parseObjective(value: Text): Objective {
  const [, image, share, count = '', unit = ''] =
    /^(?:([^=%]+)=)?\s*(?:(\d{1,3})%\s+)?(\d{1,4})(h|d)(?:\s+behind)?$/.exec(value.text) ?? [];
  const behind = Number(count) * (units[unit] ?? 0);
  const percent = share === undefined ? undefined : Number(share);
  if (behind === 0 || percent === 0 || (percent ?? 0) > 100) throw invalid(value, remedy);
  if (image !== undefined && percent !== undefined) {
    throw complain(value, 'asks for a share of one image', remedy);
  }
  return {
    text: value.text,
    behind,
    ...(image === undefined ? {} : { image: image.trim() }),
    ...(percent === undefined ? {} : { share: percent }),
  };
}
