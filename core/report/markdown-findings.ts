import { type Finding, fixOf } from '../scan/finding.ts';
import { markdown, markdownCode, markdownLink } from '../text/escape.ts';
import { tableHead, tableRow } from '../text/markdown-table.ts';
import { counted } from '../text/words.ts';
import type { Section } from './budget.ts';
import {
  baseFixWords,
  changeWords,
  type FindingGroup,
  findingGroups,
  ownPolicyWords,
  severityWords,
  worstFirst,
} from './findings.ts';
import { fixPhrase } from './fix-phrase.ts';
import type { ReportedImage, ReportedScan } from './report.ts';
import { disagreementWords, scanWords } from './scan-words.ts';

const breachLimit = 50;
const findingLimit = 300;

/** What held an image back, with what to do about each breach. */
export function* breachSections({ name, gate }: ReportedImage): Generator<Section> {
  if (gate === null || gate.breaches.length === 0) return;
  const own = ownPolicyWords(gate).trim();
  const heading = `${markdown(name)}: gate failed on ${counted(gate.breaches.length, 'finding')}`;
  yield {
    before: `\n### ${heading}\n\n${own === '' ? '' : `${markdown(own)}\n\n`}${tableHead(['Severity', 'Finding', 'Package', 'From', 'What to do'])}`,
    rows: gate.breaches.slice(0, breachLimit).map(({ finding, rule, advice }) => {
      const lapsed = rule === 'exception-expired' ? ' (exception expired)' : '';
      return tableRow([
        finding.severity,
        `${identity(finding)}${lapsed}`,
        `${markdownCode(finding.package.name)} ${versions(finding)}`,
        finding.owner,
        markdown(advice),
      ]);
    }),
    after: '',
    total: gate.breaches.length,
    noun: 'breach',
    plural: 'breaches',
  };
}

/** Every finding of an image, in groups: introduced, fixed, remaining. */
export function* findingSections(image: ReportedImage, folded: boolean): Generator<Section> {
  const { scan, name } = image;
  if (scan === null || scan.failure !== null) return;
  const before = `\n### Findings of ${markdown(name)}\n\n${[`${markdown(changeWords(scan))}.`, markdown(baseFixWords(image)), scannedBy(scan)].filter((words) => words !== '').join(' ')}\n`;
  yield { before, rows: [], after: '', total: 0, noun: 'line' };
  for (const group of findingGroups(scan)) {
    if (group.findings.length > 0) yield groupSection(group, scan, folded);
  }
}

function scannedBy(scan: ReportedScan): string {
  const { scanner, platforms } = scan;
  if (scanner === null) return '';
  const where = platforms.length === 0 ? '' : ` on ${platforms.join(', ')}`;
  return markdown(`Scanned${where} by ${scanWords(scan)}.`);
}

function groupSection({ title, findings }: FindingGroup, scan: ReportedScan, folded: boolean): Section {
  const summary = `${title}: ${severityWords(findings)}`;
  const head = tableHead(['Severity', 'Finding', 'Package', 'From', 'Title']);
  return {
    before: folded ? `\n<details><summary>${summary}</summary>\n\n${head}` : `\n#### ${summary}\n\n${head}`,
    rows: findingRows(findings, scan),
    after: folded ? '\n</details>\n' : '',
    total: findings.length,
    noun: 'finding',
  };
}

// Made as they are taken: of many images most rows find no room.
function* findingRows(findings: readonly Finding[], scan: ReportedScan): Generator<string> {
  for (const finding of worstFirst(findings).slice(0, findingLimit)) {
    yield findingRow(finding, disagreementWords(finding, scan));
  }
}

function findingRow(finding: Finding, disagreement: string): string {
  const name = `${markdownCode(finding.package.name)} ${versions(finding)}`;
  const severity = disagreement === '' ? finding.severity : `${finding.severity} (${markdown(disagreement)})`;
  return tableRow([severity, identity(finding), name, finding.owner, markdown(finding.title, 200)]);
}

function identity({ id, url }: Finding): string {
  return markdownLink(id, url);
}

function versions(finding: Finding): string {
  const installed = markdownCode(finding.installed);
  const fix = fixOf(finding);
  return fix.kind === 'version' ? `${installed} → ${markdownCode(fix.version)}` : `${installed}, ${fixPhrase(finding)}`;
}
