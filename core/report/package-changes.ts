import type { RefreshReport, ReportedImage } from './report.ts';

/** What each rebuilt image changes of the packages of the one that it is to replace, as JSON. */
export function renderPackageChanges({ images }: RefreshReport): string {
  return `${JSON.stringify({ schemaVersion: 1, images: images.flatMap(changesOf) }, null, 2)}\n`;
}

function changesOf({ name, image, build, promotion }: ReportedImage): readonly object[] {
  if (build === null) return [];
  const about = { name, image, before: promotion?.tags[0]?.previous ?? null, after: build.digest };
  // Its notes say why they were not compared.
  if (build.packages === undefined) return [{ ...about, compared: false, notes: build.notes }];
  const { platform, changes } = build.packages;
  return [
    {
      ...about,
      compared: true,
      platform,
      added: changes.flatMap(({ name: added, from, to }) => (from === null ? [{ name: added, version: to }] : [])),
      removed: changes.flatMap(({ name: gone, from, to }) => (to === null ? [{ name: gone, version: from }] : [])),
      changed: changes.filter(({ from, to }) => from !== null && to !== null),
    },
  ];
}
