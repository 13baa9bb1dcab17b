import { fixOf, kindOfFinding } from '../scan/finding.ts';
import { visibleText } from '../text/escape.ts';
import { findingGroups, worstFirst } from './findings.ts';
import { outcomeLabel, outcomeOf } from './outcome.ts';
import type { RefreshReport } from './report.ts';

const head = [
  'image',
  'reference',
  'outcome',
  'state',
  'severity',
  'id',
  'kind',
  'package',
  'path',
  'installed',
  'fix',
  'from',
  'platforms',
  'title',
  'url',
  'owners',
];

/** Every finding as a row of RFC 4180, image by image, the worst first. */
export function* renderCsv(report: RefreshReport): Generator<string> {
  yield rowOf(head);
  for (const image of report.images) {
    if (image.scan === null) continue;
    const about = [image.name, image.image ?? '', outcomeLabel(outcomeOf(image))];
    for (const { kind: state, findings } of findingGroups(image.scan)) {
      for (const finding of worstFirst(findings)) {
        const { severity, id, package: part, installed, owner, platforms, title, url = '' } = finding;
        const fix = fixOf(finding);
        yield rowOf([
          ...about,
          state,
          severity,
          id,
          kindOfFinding(finding),
          part.name,
          part.path ?? '',
          installed,
          fix.kind === 'version' ? fix.version : fix.kind === 'none' ? '' : '?',
          owner,
          platforms.join(' '),
          title,
          url,
          (image.owners ?? []).join(' '),
        ]);
      }
    }
  }
}

function rowOf(fields: readonly string[]): string {
  return `${fields.map(cellOf).join(',')}\r\n`;
}

// A spreadsheet takes what begins so for a formula and would compute it; where its language has decimal commas, cells begin
// behind semicolons too, within quotes as well.
const formula = /(^|;)(["\s]*)(?=[=+\-@])/g;

function cellOf(text: string): string {
  const shown = visibleText(text).trim();
  const inert = shown.replace(formula, "$1$2'");
  return /[",]/.test(inert) || inert !== shown ? `"${inert.replaceAll('"', '""')}"` : inert;
}
