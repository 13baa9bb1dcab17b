import { isAbsolute, resolve } from 'node:path';
import type { Config } from '../config/model.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { renderHtml } from '../report/html.ts';
import { parseReport, serialise } from '../report/json.ts';
import { renderJunit } from '../report/junit.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { mergeReports } from '../report/merge.ts';
import type { RefreshReport } from '../report/report.ts';
import { renderSarif } from '../report/sarif.ts';
import { renderTable } from '../report/table.ts';

/** `report`: merges saved reports and prints them in the wanted format, without another scan. */
export async function reportCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const reports = await Promise.all(
    config.operands.map(async (file) => {
      const path = isAbsolute(file) ? file : resolve(world.cwd, file);
      return parseReport(await world.files.readText(path), file);
    }),
  );
  host.print(render(mergeReports(reports), config.format, host.screen));
  return 'succeeded';
}

function render(report: RefreshReport, format: Config['format'], screen: Host['screen']): string {
  switch (format) {
    case 'json':
      return serialise(report);
    case 'md':
      return renderMarkdown(report);
    case 'html':
      return renderHtml(report);
    case 'sarif':
      return renderSarif(report);
    case 'junit':
      return renderJunit(report);
    case 'table':
      return renderTable(report, screen);
  }
}
