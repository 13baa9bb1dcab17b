import { isAbsolute, resolve } from 'node:path';
import type { Config } from '../config/model.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { type ReportFormats, reportFormats } from '../report/formats.ts';
import { parseReport } from '../report/json.ts';
import { mergeReports } from '../report/merge.ts';
import type { RefreshReport } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { decodeText } from '../text/decode.ts';

/** `report`: merges saved reports and prints them in the wanted format, without another scan. */
export async function reportCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const reports = await Promise.all(
    config.operands.map(async (file) => {
      const path = isAbsolute(file) ? file : resolve(world.cwd, file);
      return parseReport(decodeText(await world.files.read(path), file), file);
    }),
  );
  host.print(renderedReport(mergeReports(reports), config.format, host.screen));
  return 'succeeded';
}

/** A report in one of the formats, or as a table for a terminal. */
export function renderedReport(
  report: RefreshReport,
  format: Config['format'],
  screen: Host['screen'],
  formats: ReportFormats = reportFormats,
): string {
  return format === 'table' ? renderTable(report, screen) : [...formats[format].render(report)].join('');
}
