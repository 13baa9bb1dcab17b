import { type CheckTableOptions, renderCheckTable } from './check-table.ts';
import { renderRefreshTable, renderScanTable } from './refresh-table.ts';
import type { RefreshReport } from './report.ts';

/** The report for a terminal, as fits the command that made it. */
export function renderTable(report: RefreshReport, options: CheckTableOptions = {}): string {
  switch (report.command) {
    case 'check':
    case 'plan':
      return renderCheckTable(report, options);
    case 'refresh':
    case 'rebase':
    case 'deploy':
      return renderRefreshTable(report, options);
    case 'scan':
      return renderScanTable(report, options);
  }
}
