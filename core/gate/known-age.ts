import type { KnownExploitation, OutdatedData } from './known-exploitation.ts';

/** Days after which data of exploitation count as unknown, where policy says nothing. */
export const knownMaxAge = { knownExploited: 30, epss: 14 } as const;

/** Data of a file, and of when they are where the file says so. */
export interface DatedData {
  readonly file: string;
  /** ISO 8601. */
  readonly date: string | undefined;
  readonly data: Pick<KnownExploitation, 'exploited' | 'due' | 'probabilities'>;
  /** What conditions call what comes of them. */
  readonly facts: readonly string[];
  /** The setting of their age, and the days that it allows. */
  readonly key: string;
  readonly most: number;
}

/** What is known by data that are young enough; of the others only why they do not count. */
export function knownByAge(all: readonly DatedData[], now: Date): KnownExploitation {
  const outdated = all.flatMap((one): readonly OutdatedData[] => {
    const why = whyTooOld(one, now);
    return why === undefined ? [] : [{ facts: one.facts, why }];
  });
  const young = all.filter((one) => whyTooOld(one, now) === undefined);
  return {
    ...Object.assign({}, ...young.map(({ data }) => data)),
    ...(outdated.length === 0 ? {} : { outdated }),
  };
}

const day = 24 * 3_600_000;

function whyTooOld({ file, date, key, most }: DatedData, now: Date): string | undefined {
  const at = Date.parse(date ?? '');
  if (Number.isNaN(at)) return `${file} does not say of when it is, which ${key} needs to know`;
  if (now.getTime() - at <= most * day) return undefined;
  return `${file} is of ${new Date(at).toISOString().slice(0, 10)}, older than the ${most} days that ${key} allows`;
}
