import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';
import { type PromotionRecord, recordIn, savedPromotions } from '../promote/record.ts';
import { parseReport } from './json.ts';
import { reportFilesIn } from './write.ts';

/** Every promotion that the output directory tells of, by records of its own and by report.json, the newest first. */
export async function readPromotions(
  world: Pick<World, 'files'>,
  outputDirectory: string,
): Promise<readonly PromotionRecord[]> {
  const { files } = world;
  const saved = (await savedPromotions(world, outputDirectory)).map(({ record }) => record);
  const report = reportFilesIn(outputDirectory).json;
  const told = (await files.stat(report)).kind === 'file' ? await promotionsIn(await files.readText(report)) : [];
  return [...saved, ...told].toSorted((a, b) => Number(a.at < b.at) - Number(a.at > b.at));
}

export async function promotionsIn(text: string): Promise<readonly PromotionRecord[]> {
  const report = await attempt('report.json', async () => parseReport(text, 'report.json'));
  if (report.kind === 'failed') return [];
  const { images, finishedAt: at } = report.value;
  return images.flatMap(({ promotion }) => {
    if (promotion === null) return [];
    return recordIn(JSON.stringify({ schemaVersion: 1, at, ...promotion })) ?? [];
  });
}
