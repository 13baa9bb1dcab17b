import { type Pens, paragraph, type TerminalOptions, terminal } from '../text/terminal.ts';
import { type Cell, table } from '../text/terminal-table.ts';
import { counted, duration } from '../text/words.ts';
import { closing } from './check-table.ts';
import { breakLines, continuityWords } from './continuity.ts';
import { deploymentLines, leftBehind } from './delivery-words.ts';
import { changeWords, ownPolicyWords, severityWords } from './findings.ts';
import { byUrgency, inked, outcomeLabel, outcomeOf, standsOn } from './outcome.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';
import { changesIn, failedChecks, firstOf, scannersOf, scannerWords, testWords } from './scan-words.ts';
import { failuresOfImage } from './totals.ts';
import { cutDigest, familiarName, imageFailureWords } from './words.ts';

const breachLimit = 20;
// An arrow and a digest as they stand in the column of bases.
const digestWidth = 22;

/** What a refresh did: a table of the images, then what needs a person, in words. */
export function renderRefreshTable(report: RefreshReport, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [
    { title: 'Image' },
    { title: 'Outcome' },
    { title: 'Base', least: digestWidth },
    { title: 'Findings' },
    { title: 'Release' },
  ];
  const rows = report.images.map((image) => refreshRow(image, pens));
  return [
    ...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]),
    ...needed(report, pens),
    ...deployedTo(report, pens),
    ...scannedBy(report, pens),
    ...leftInRegistry(report, pens),
    ...closing(report, pens),
  ].join('\n');
}

/** What `scan` found: a table of the images, then what breaks the policy, in words. */
export function renderScanTable(report: RefreshReport, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [{ title: 'Image' }, { title: 'Gate' }, { title: 'Findings' }];
  const rows = report.images.map((image): readonly Cell[] => [
    { lines: [image.name, ...(image.scan?.platforms ?? [])] },
    outcomeCell(image, pens),
    {
      lines:
        image.scan === null || image.scan.failure !== null ? ['not scanned'] : [severityWords(image.scan.findings)],
    },
  ]);
  return [
    ...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]),
    ...needed(report, pens),
    ...scannedBy(report, pens),
    ...closing(report, pens),
  ].join('\n');
}

function refreshRow(image: ReportedImage, pens: Pens): readonly Cell[] {
  return [
    { lines: [image.name] },
    outcomeCell(image, pens),
    { lines: image.bases.flatMap((base) => baseLines(image, base)) },
    { lines: image.scan === null ? [''] : changeWords(image.scan).split(', ') },
    { lines: releaseLines(image) },
  ];
}

function outcomeCell(image: ReportedImage, pens: Pens): Cell {
  const outcome = outcomeOf(image);
  const foreseen = image.plan?.engine === undefined ? [] : [`by ${image.plan.engine.name}`];
  const built = image.build === null ? foreseen : [image.build.engine, duration(image.build.durationMs)];
  return { lines: [outcomeLabel(outcome), ...built], ink: (text) => inked(pens, outcome, text) };
}

function baseLines(image: ReportedImage, base: ReportedBase): readonly string[] {
  const name = familiarName(base.reference);
  const on = standsOn(image, base);
  if (base.from !== null && base.from !== on && image.build !== null)
    return [name, cutDigest(base.from), `→\u00a0${cutDigest(on)}`];
  if (base.verdict === 'stale') return [name, cutDigest(base.from), `→\u00a0${cutDigest(base.to)}`];
  if (base.verdict === 'current') return [name, 'current'];
  return [name, base.verdict.replaceAll('-', ' ')];
}

function releaseLines({ promotion, build }: ReportedImage): readonly string[] {
  if (promotion === null) return [build === null ? '' : 'not moved'];
  const shown = promotion.tags.map(({ reference }) => reference.slice(reference.lastIndexOf('/') + 1));
  // Tags of several repositories may look alike without them.
  const repositories = new Set(promotion.tags.map(({ reference }) => reference.replace(/:[^:/]*$/, '')));
  return repositories.size > 1 ? promotion.tags.map(({ reference }) => familiarName(reference)) : shown;
}

// Failures and breaches: what a person has to act on.
function needed(report: RefreshReport, pens: Pens): readonly string[] {
  const lines = byUrgency(report.images).flatMap((image) => [
    ...foreseenHold(image, pens),
    ...failuresOfImage(image).map((failure) => pens.bad(paragraph(imageFailureWords(image.name, failure), pens))),
    ...breachLines(image, pens),
    ...testLines(image, pens),
    ...continuityOf(image, pens),
  ]);
  return lines.length === 0 ? [] : ['', ...lines];
}

function foreseenHold({ name, plan }: ReportedImage, pens: Pens): readonly string[] {
  if (plan?.held === undefined) return [];
  return [pens.warn(paragraph(`Would be held: ${imageFailureWords(name, plan.held)}`, pens))];
}

function testLines(image: ReportedImage, pens: Pens): readonly string[] {
  const words = testWords(image);
  const inner = { ...pens, columns: pens.columns - 2 };
  const indented = (lines: readonly string[]) => firstOf(lines).map((line) => `  ${paragraph(line, inner)}`);
  const changes = changesIn(image);
  return [
    ...(words === undefined || image.validation?.verdict === 'pass' ? [] : [pens.bad(paragraph(words, pens))]),
    ...indented(failedChecks(image)),
    ...(changes.length === 0 ? [] : [paragraph(`${image.name}: changed against the published image.`, pens)]),
    ...indented(changes),
  ];
}

function continuityOf(image: ReportedImage, pens: Pens): readonly string[] {
  const words = continuityWords(image);
  const breaks = breakLines(image);
  if (words === undefined) return [];
  const inner = { ...pens, columns: pens.columns - 2 };
  const sentence = paragraph(words, pens);
  return [
    breaks.length > 0 ? pens.bad(sentence) : sentence,
    ...firstOf(breaks).map((line) => `  ${paragraph(line, inner)}`),
  ];
}

function deployedTo({ images }: RefreshReport, pens: Pens): readonly string[] {
  const lines = images.flatMap((image) => firstOf(deploymentLines(image)).map((line) => `${image.name}: ${line}`));
  return lines.length === 0 ? [] : ['', ...lines.map((line) => paragraph(line, pens))];
}

function scannedBy(report: RefreshReport, pens: Pens): readonly string[] {
  return scannersOf(report).flatMap((scanner) => ['', paragraph(`Scanned by ${scannerWords(scanner)}.`, pens)]);
}

function leftInRegistry(report: RefreshReport, pens: Pens): readonly string[] {
  const words = leftBehind(report);
  return words === undefined ? [] : ['', paragraph(words, pens)];
}

function breachLines({ name, gate }: ReportedImage, pens: Pens): readonly string[] {
  if (gate === null || gate.breaches.length === 0) return [];
  const shown = gate.breaches.slice(0, breachLimit).map(({ finding, advice }) => {
    const words = `${finding.severity} ${finding.id} in ${finding.package.name} ${finding.installed}: ${advice}`;
    return `  ${paragraph(words, { ...pens, columns: pens.columns - 2 })}`;
  });
  const missing = gate.breaches.length - shown.length;
  return [
    pens.bad(
      paragraph(`${name}: gate failed on ${counted(gate.breaches.length, 'finding')}.${ownPolicyWords(gate)}`, pens),
    ),
    ...shown,
    ...(missing > 0 ? [`  and ${missing} more in report.json`] : []),
  ];
}
