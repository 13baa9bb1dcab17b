import { type Finding, severities } from '../scan/finding.ts';
import { countBySeverity } from '../scan/severity.ts';
import { counted } from '../text/words.ts';
import { type FindingGroup, findingGroups, severityWords, vulnerabilitiesIn, worstFirst } from './findings.ts';
import { type Markup, markup } from './html-markup.ts';
import { severityMarkup, tableMarkup, versionsMarkup, vulnerability } from './html-parts.ts';
import type { ReportedScan } from './report.ts';
import { disagreementWords } from './scan-words.ts';

/** How many more finding rows the document may hold; shared by all images so that browsers can open it. */
export interface RowBudget {
  left: number;
}

const groupLimit = 400;

/** What a scan found: sizes by severity, then every finding in folded tables. */
export function scanMarkup(scan: ReportedScan, budget: RowBudget): Markup {
  const groups = findingGroups(scan);
  return markup`<div>${severityTable(groups)}</div><div>${groups.map((group) => groupMarkup(group, scan, budget))}</div>`;
}

function severityTable(groups: readonly FindingGroup[]): Markup {
  const head = severities.map((severity) => markup`<th scope="col" class="number">${severity}</th>`);
  const rows = groups.map(({ title, findings }) => {
    const counts = countBySeverity(vulnerabilitiesIn(findings));
    const cells = severities.map((severity) =>
      counts[severity] === 0
        ? markup`<td class="number zero">0</td>`
        : markup`<td class="number ${severity}"><b>${counts[severity]}</b></td>`,
    );
    return markup`<tr><th scope="row">${title}</th>${cells}</tr>\n`;
  });
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="Findings by severity"><table><thead><tr><th scope="col">Findings</th>${head}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function groupMarkup({ title, findings, kind }: FindingGroup, scan: ReportedScan, budget: RowBudget): Markup | null {
  if (findings.length === 0) return null;
  const shown = worstFirst(findings).slice(0, Math.min(groupLimit, budget.left));
  budget.left -= shown.length;
  const missing = findings.length - shown.length;
  const head = ['Severity', 'Finding', 'Package', 'Version', 'From', 'Title'];
  const table =
    shown.length === 0
      ? null
      : tableMarkup(
          `${title} findings`,
          head,
          shown.map((finding) => findingRow(finding, disagreementWords(finding, scan))),
        );
  const cut =
    missing === 0
      ? null
      : markup`<p class="cut">${counted(missing, 'milder finding')} left out here; report.json has everything.</p>`;
  const open = kind === 'introduced' ? ' open' : '';
  return markup`<details${open}><summary>${title} <span class="soft">${severityWords(findings)}</span></summary>${table}${cut}</details>\n`;
}

function findingRow(finding: Finding, disagreement: string): Markup {
  const { package: part, owner, title } = finding;
  const path = part.path === undefined ? null : markup`<br><span class="soft"><code>${part.path}</code></span>`;
  const differing = disagreement === '' ? null : markup`<br><span class="soft">${disagreement}</span>`;
  return markup`<tr><td>${severityMarkup(finding)}${differing}</td><td>${vulnerability(finding)}</td><td><code>${part.name}</code>${path}</td><td>${versionsMarkup(finding)}</td><td>${owner}</td><td>${title}</td></tr>\n`;
}
