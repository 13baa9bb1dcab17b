import { type Finding, fixOf, severities } from '../../scan/finding.ts';
import { countBySeverity } from '../../scan/severity.ts';
import { html } from '../../text/escape.ts';
import { counted } from '../../text/words.ts';
import { type FindingGroup, findingGroups, severityWords, vulnerabilitiesIn, worstFirst } from '../findings.ts';
import { fixPhrase } from '../fix-phrase.ts';
import type { ReportedImage, ReportedScan } from '../report.ts';
import { disagreementWords } from '../scan-words.ts';
import { type Markup, markup, trusted } from './markup.ts';
import { severityMarkup, tableMarkup, versionsMarkup, vulnerability } from './parts.ts';

/** What the document may still hold of findings; all images share it, so that a browser opens the page at once. */
export interface RowBudget {
  /** Rows of tables, a dozen elements each. */
  rows: number;
  /** Bytes of plain lines: one element holds as many as there are. */
  bytes: number;
  /** Breaches in boxes. */
  breaches: number;
  /** Images that are still to come. */
  images: number;
}

/** A budget for a page about so many images. */
export function createBudget(images: number): RowBudget {
  return { rows: 500, bytes: 1_400_000, breaches: 300, images };
}

/** The part of something shared that the next image may take: what others left over is shared again. */
export function share(left: number, { images }: RowBudget, least = 0): number {
  return Math.min(left, Math.max(least, Math.floor(left / Math.max(1, images))));
}

/** What a scan found: sizes by severity, then every finding in folded tables. */
export function scanMarkup(scan: ReportedScan, name: string, budget: RowBudget): Markup {
  const groups = findingGroups(scan);
  const room = { rows: share(budget.rows, budget, 5), bytes: share(budget.bytes, budget) };
  const parts = groups.map((group) => groupMarkup(group, scan, room, budget));
  return markup`<div>${severityTable(groups)}</div><div data-image="${name}">${parts}</div>`;
}

function severityTable(groups: readonly FindingGroup[]): Markup {
  const head = severities.map((severity) => markup`<th scope="col" class="number">${severity}</th>`);
  const rows = groups.map(({ title, findings }) => {
    const counts = countBySeverity(vulnerabilitiesIn(findings));
    const cells = severities.map((severity) =>
      counts[severity] === 0
        ? markup`<td class="number zero" data-label="${severity}">0</td>`
        : markup`<td class="number ${severity}" data-label="${severity}">${counts[severity]}</td>`,
    );
    return markup`<tr><th scope="row">${title}</th>${cells}</tr>\n`;
  });
  return markup`<div class="cards"><div class="scroll" tabindex="0" role="group" aria-label="Findings by severity"><table><thead><tr><th scope="col">Findings</th>${head}</tr></thead><tbody>
${rows}</tbody></table></div></div>`;
}

const head = ['Severity', 'Finding', 'Package', 'Version', 'From', 'Title'];

function groupMarkup(
  { title, findings, kind }: FindingGroup,
  scan: ReportedScan,
  room: { rows: number; bytes: number },
  budget: RowBudget,
): Markup | null {
  if (findings.length === 0) return null;
  const sorted = worstFirst(findings);
  const shown = sorted.slice(0, room.rows);
  const { lines, count } = linesOf(sorted.slice(shown.length), room.bytes);
  room.rows -= shown.length;
  budget.rows -= shown.length;
  room.bytes -= Buffer.byteLength(lines);
  budget.bytes -= Buffer.byteLength(lines);
  const rows = shown.map((finding) => findingRow(finding, disagreementWords(finding, scan)));
  const table =
    rows.length === 0 ? null : markup`<div class="cards">${tableMarkup(`${title} findings`, head, rows)}</div>`;
  const more = count === 0 ? null : markup`<pre class="lines" tabindex="0">${trusted(lines)}</pre>`;
  const missing = findings.length - shown.length - count;
  const cut =
    missing === 0
      ? null
      : markup`<p class="cut">${counted(missing, 'milder finding')} left out here; report.json has everything.</p>`;
  const open = kind === 'introduced' ? trusted(' open') : null;
  return markup`<details${open} data-group="${title}"><summary>${title} <span class="soft">${severityWords(findings)}</span></summary>${table}${more}${cut}</details>\n`;
}

// One line a package and severity, its fields apart by tabs: a page of many thousand table cells is slow in any browser.
function linesOf(findings: readonly Finding[], most: number): { readonly lines: string; readonly count: number } {
  const groups = new Map<string, string[]>();
  for (const finding of findings) {
    const key = [finding.severity, finding.package.name, versionsOf(finding), finding.owner].map(fieldOf).join('\t');
    const ids = groups.get(key);
    if (ids === undefined) groups.set(key, [fieldOf(finding.id)]);
    else ids.push(fieldOf(finding.id));
  }
  const lines: string[] = [];
  let [size, count] = [0, 0];
  for (const [key, ids] of groups) {
    const line = `${key}\t${ids.join(', ')}\n`;
    size += Buffer.byteLength(line);
    if (size > most) break;
    lines.push(line);
    count += ids.length;
  }
  return { lines: lines.join(''), count };
}

function versionsOf(finding: Finding): string {
  const fix = fixOf(finding);
  return fix.kind === 'version'
    ? `${finding.installed} → ${fix.version}`
    : `${finding.installed} (${fixPhrase(finding)})`;
}

function fieldOf(text: string): string {
  return html(text, 120);
}

function findingRow(finding: Finding, disagreement: string): Markup {
  const { package: part, owner, title } = finding;
  const path = part.path === undefined ? null : markup`<br><span class="soft"><code>${part.path}</code></span>`;
  const differing = disagreement === '' ? null : markup`<br><span class="soft">${disagreement}</span>`;
  return markup`<tr><td data-label="Severity">${severityMarkup(finding)}${differing}</td><td data-label="Finding">${vulnerability(finding)}</td><td data-label="Package"><code>${part.name}</code>${path}</td><td data-label="Version">${versionsMarkup(finding)}</td><td data-label="From">${owner}</td><td data-label="Title">${title}</td></tr>\n`;
}

/** The part of the budget for one image's breaches, taken from it. */
export function takeBreaches<T>(breaches: readonly T[], budget: RowBudget): readonly T[] {
  const shown = breaches.slice(0, Math.min(20, share(budget.breaches, budget, 3)));
  budget.breaches -= shown.length;
  return shown;
}

/** The place in which all findings are searched, by a script: without it they stand with their images. */
export function explorer(images: readonly ReportedImage[]): Markup | null {
  if (!images.some(({ scan }) => (scan?.findings.length ?? 0) + (scan?.fixed.length ?? 0) > 0)) return null;
  const option = (text: string) => markup`<option>${text}</option>`;
  return markup`<section id="explorer" aria-labelledby="find" hidden><h2 id="find">Findings of all images</h2>
<p class="tools"><label>Find <input type="search" id="find-text" placeholder="CVE, package, image"></label> <label>Severity <select id="find-severity"><option value="">all</option>${severities.map(option)}</select></label> <label>State <select id="find-group"><option value="">all</option>${['Introduced', 'Remaining', 'Found', 'Fixed'].map(option)}</select></label> <label><input type="checkbox" id="find-fixable"> has a fix</label> <span class="soft" id="find-count" aria-live="polite"></span></p>
<div id="find-table"></div><p><button type="button" id="find-more" hidden>Show more</button></p></section>`;
}
