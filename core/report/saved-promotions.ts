import { attempt } from '../failure.ts';
import { type PromotionRecord, recordIn, type SavedPromotions, savedPromotions } from '../promote/record.ts';
import { createStateReader, type StateWorld } from '../tools/state-files.ts';
import { parseReport } from './json.ts';
import { reportFilesIn } from './write.ts';

/** Promotions that the output directory records, the newest first, and why some of its files are not believed. */
export interface ReadPromotions extends Pick<SavedPromotions, 'refused'> {
  readonly records: readonly PromotionRecord[];
}

/** Reads every promotion that the output directory records, by records of its own and by report.json. */
export async function readPromotions(world: StateWorld, outputDirectory: string): Promise<ReadPromotions> {
  const { saved, refused } = await savedPromotions(world, outputDirectory);
  const report = await createStateReader(world).read(reportFilesIn(outputDirectory).json);
  const reported = report.kind === 'read' ? await promotionsIn(report.text) : [];
  const records = [...saved.map(({ record }) => record), ...reported];
  return {
    records: records.toSorted((a, b) => Number(a.at < b.at) - Number(a.at > b.at)),
    refused: report.kind === 'refused' ? [...refused, report.failure] : refused,
  };
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
