import type { Objective, ReportedObjective } from '../check/objective.ts';
import { counted, listed } from '../text/words.ts';
import { isOutdated } from './outcome.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** How long an image has been behind its bases when the run ended; undefined where that is not known. */
export function behindOf(image: ReportedImage): number | undefined {
  // What ended with a failure may be reported as current or promoted, and not be so.
  if (image.failure === null && (image.promotion !== null || image.verdict === 'current')) return 0;
  const outdated = image.bases.filter((base) => isOutdated(image, base));
  const ages = outdated.map(({ moved }) => moved?.ageMs);
  if (ages.length === 0 || image.verdict === 'unknown' || image.verdict === 'lacks-platform') return undefined;
  return ages.reduce((most, age) => (most === undefined || age === undefined ? undefined : Math.max(most, age)), 0);
}

/** The report with what it says of the objectives of the run; an image of which nothing is known is not within any. */
export function withObjectives(report: RefreshReport, objectives: readonly Objective[]): RefreshReport {
  if (objectives.length === 0) return report;
  const named = new Set(objectives.flatMap(({ image }) => image ?? []));
  return {
    ...report,
    objectives: objectives.map((objective) => {
      const isAbout = ({ name }: ReportedImage) =>
        objective.image === undefined ? objective.share !== undefined || !named.has(name) : objective.image === name;
      return reported(objective, report.images.filter(isAbout));
    }),
  };
}

function reported({ text, share = 100, behind }: Objective, images: readonly ReportedImage[]): ReportedObjective {
  const beyond = images.flatMap((image) => {
    const age = behindOf(image);
    return age !== undefined && age <= behind ? [] : [{ name: image.name, behindMs: age ?? null }];
  });
  const within = images.length - beyond.length;
  return { objective: text, met: within * 100 >= share * images.length, of: images.length, within, beyond };
}

/** What is said of objectives: an error for each that is missed, and a warning for each that names no image of the run. */
export function objectiveNotices({ objectives = [] }: Pick<RefreshReport, 'objectives'>): readonly Notice[] {
  return objectives.flatMap(({ objective, met, of, within, beyond }): readonly Notice[] => {
    // `web=3d`: the name may be misspelt, or of an image that this run does not look at.
    if (of === 0 && objective.includes('='))
      return [{ level: 'warning', message: `objective ${objective}: it is about no image of this run.` }];
    if (met) return [];
    const names = listed(beyond.map(({ name, behindMs }) => `${name} (${behindWords(behindMs)})`));
    const message = `objective ${objective}: ${within} of ${counted(of, 'image')} within it; not ${names}.`;
    return [{ level: 'error', message }];
  });
}

interface Notice {
  readonly level: 'error' | 'warning';
  readonly message: string;
}

/** How long an image has been behind, in whole days from the third on. */
export function behindWords(behindMs: number | null): string {
  if (behindMs === null) return 'not known';
  const hours = Math.floor(behindMs / 3_600_000);
  return hours < 72 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}
