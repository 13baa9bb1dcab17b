import { describeFailure } from '../failure.ts';
import { markdown, markdownCode } from '../text/escape.ts';
import { tableHead, tableRow } from '../text/markdown-table.ts';
import { counted, duration, shortened } from '../text/words.ts';
import { fitted, type Section } from './budget.ts';
import { continuityLines, continuityWords } from './continuity.ts';
import { deploymentLines, leftBehind } from './delivery-words.ts';
import { changeWords, exceptionBounds, policyWords } from './findings.ts';
import { breachSections, findingSections } from './markdown-findings.ts';
import { lineageMermaid } from './mermaid.ts';
import { byUrgency, headline, outcomeLabel, outcomeOf, standsOn } from './outcome.ts';
import { rateLimitWords } from './rate-limits.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';
import { changesIn, failedChecks, firstOf, hardeningWords, testWords } from './scan-words.ts';
import { stagesWords } from './stages.ts';
import { failuresOfImage } from './totals.ts';
import { evidenceOf, familiarName } from './words.ts';

/** GitHub drops a whole summary over 1 MiB a step; the rest is left to other writers of the same step. */
const githubLimit = 1_000_000;

export interface MarkdownOptions {
  readonly maxBytes?: number;
  /** Whether long parts are folded with the HTML element `details`; headings otherwise. */
  readonly folded?: boolean;
  /** Whether what stands on what is drawn by Mermaid, which GitHub does; left out otherwise. */
  readonly drawn?: boolean;
}

/** The report as a Markdown summary of bounded size, with a notice of all that was left out. */
export function renderMarkdown(report: RefreshReport, options: MarkdownOptions = {}): string {
  const { maxBytes = githubLimit, folded = true, drawn = false } = options;
  const notice = (missing: string) => `\n*${missing} left out here; report.json has everything.*\n`;
  const end = footer(report);
  return `${fitted(sectionsOf(report, folded, drawn), maxBytes - Buffer.byteLength(end), notice)}${end}`;
}

function* sectionsOf(report: RefreshReport, folded: boolean, drawn: boolean): Generator<Section> {
  const images = byUrgency(report.images);
  yield text(`## Base image refresh\n\n**${markdown(headline(report))}**\n\n${markdown(policyWords(report))}\n`);
  yield* failureSections(report, images);
  yield* objectiveSections(report);
  if (images.length > 0) yield overview(images);
  const picture = drawn ? lineageMermaid(images) : undefined;
  if (picture !== undefined) yield text(`\n${picture}`);
  for (const image of images) yield* breachSections(image);
  for (const image of images) yield* validationSections(image);
  for (const image of images) yield* continuitySections(image);
  for (const image of images) yield* deploymentSections(image);
  for (const image of images) yield* exceptionSections(image);
  for (const image of images) yield* hardeningSections(image);
  for (const image of images) yield* findingSections(image, folded);
  const left = leftBehind(report);
  if (left !== undefined) yield text(`\n${markdown(left)}\n`);
}

function text(before: string): Section {
  return { before, rows: [], after: '', total: 0, noun: 'line' };
}

function* objectiveSections({ objectives = [] }: RefreshReport): Generator<Section> {
  if (objectives.length === 0) return;
  const rows = objectives.map(
    ({ objective, met, of, within }) =>
      `- ${met ? 'met' : '**missed**'}: ${markdown(objective)} (${within} of ${counted(of, 'image')})\n`,
  );
  yield text(`\n### Freshness objectives\n\n${rows.slice(0, 50).join('')}`);
}

function* failureSections(report: RefreshReport, images: readonly ReportedImage[]): Generator<Section> {
  const lines = [
    ...report.failures.map((failure) => `- ${markdown(describeFailure(failure))}\n`),
    ...images.flatMap((image) =>
      failuresOfImage(image).map((failure) => {
        const subject = failure.subject === image.name ? '' : `**${markdown(image.name)}**: `;
        return `- ${subject}${markdown(describeFailure(failure))}\n`;
      }),
    ),
  ];
  if (lines.length === 0) return;
  yield {
    before: '\n### Failures\n\n',
    rows: lines.slice(0, 500),
    after: '',
    total: lines.length,
    noun: 'failure',
    share: 0.25,
  };
}

// What matters most stands left: GitHub cuts a wide table off at the right.
function overview(images: readonly ReportedImage[]): Section {
  const rows = images.flatMap((image) => imageRows(image));
  const before = `\n### Images\n\n${tableHead(['Image', 'Outcome', 'Gate', 'Findings', 'Release', 'Base'])}`;
  return { before, rows: rows.slice(0, 2000), after: '', total: rows.length, noun: 'row', share: 0.4 };
}

// One row a base; what belongs to the image stands in its first row.
function imageRows(image: ReportedImage): readonly string[] {
  const findings = image.scan === null ? '–' : changeWords(image.scan);
  const outcome = outcomeLabel(outcomeOf(image));
  const about = [`**${markdown(image.name)}**`, outcome, gateCell(image), findings, promotionCell(image)];
  const [first, ...others] = image.bases;
  return [
    tableRow([...about, first === undefined ? '–' : baseCell(image, first)]),
    ...others.map((base) => tableRow(['', '', '', '', '', baseCell(image, base)])),
  ];
}

function baseCell(image: ReportedImage, base: ReportedBase): string {
  const [from, to] = [base.from, standsOn(image, base)];
  const known = from === null ? '' : `, by ${markdown(evidenceOf(base))}`;
  const now = from === to ? '' : ` → ${markdownCode(shortened(to))}`;
  const digests = from === null && to === null ? '' : ` ${markdownCode(shortened(from))}${now}`;
  return `${markdownCode(familiarName(base.reference))} ${base.verdict.replaceAll('-', ' ')}${digests}${known}`;
}

function gateCell({ gate }: ReportedImage): string {
  if (gate === null) return '–';
  return gate.verdict === 'fail' ? `fail: ${counted(gate.breaches.length, 'breach', 'breaches')}` : gate.verdict;
}

function promotionCell({ promotion, build }: ReportedImage): string {
  if (promotion === null) return build === null ? '–' : 'not moved';
  const tags = promotion.tags.slice(0, 5).map(({ reference }) => markdownCode(familiarName(reference)));
  const more = promotion.tags.length > tags.length ? ` and ${promotion.tags.length - tags.length} more` : '';
  return `${tags.join(', ')}${more} → ${markdownCode(shortened(promotion.digest))}`;
}

function* deploymentSections(image: ReportedImage): Generator<Section> {
  const lines = deploymentLines(image);
  if (lines.length === 0) return;
  const rows = lines.slice(0, 500).map((line) => `- ${markdown(line, 600)}\n`);
  yield {
    before: `\n### Deployment of ${markdown(image.name)}\n\n`,
    rows,
    after: '',
    total: lines.length,
    noun: 'workload',
  };
}

function* hardeningSections({ name, scan }: ReportedImage): Generator<Section> {
  if (scan?.hardening === undefined) return;
  const rows = hardeningWords(scan.hardening).map((words) => `- ${markdown(words)}\n`);
  yield { before: `\n### ${markdown(name)} itself\n\n`, rows, after: '', total: rows.length, noun: 'fact' };
}

function* exceptionSections({ name, gate }: ReportedImage): Generator<Section> {
  if (gate === null) return;
  const lines = [
    ...gate.exceptionsUsed.map((exception) => ({ exception, state: 'used' })),
    ...gate.exceptionsUnused.map((exception) => ({ exception, state: 'unused' })),
  ];
  if (lines.length === 0) return;
  const rows = lines
    .slice(0, 100)
    .map(
      ({ exception, state }) =>
        `- ${state}: ${markdownCode(exception.id)} (${markdown(exceptionBounds(exception))}): ${markdown(exception.reason)}\n`,
    );
  yield {
    before: `\n### Exceptions of ${markdown(name)}\n\n`,
    rows,
    after: '',
    total: lines.length,
    noun: 'exception',
  };
}

function footer({ tool, startedAt, finishedAt, requests, images }: RefreshReport): string {
  const took = duration(Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)));
  const stages = stagesWords(images.flatMap((image) => image.stages ?? []));
  const ofWhich = stages === undefined ? '' : ` (all images together: ${stages})`;
  const asked = `${requests.head} HEAD, ${requests.get} GET, ${requests.token} token and ${requests.write} write requests`;
  const limits = rateLimitWords(requests)
    .map((words) => ` ${words}`)
    .join('');
  return `\n${markdown(`${tool.name} ${tool.version}, ${startedAt}, took ${took}${ofWhich}; ${asked}.${limits}`)}\n`;
}

/** What the tests of an image said, and what changed in it against the published one. */
export function* validationSections(image: ReportedImage): Generator<Section> {
  const words = testWords(image);
  if (words !== undefined) yield listSection(`${words}`, failedChecks(image), 'test');
  const changes = changesIn(image);
  if (changes.length > 0) yield listSection(`${image.name}: changed against the published image.`, changes, 'change');
}

function* continuitySections(image: ReportedImage): Generator<Section> {
  const words = continuityWords(image);
  if (words !== undefined) yield listSection(words, continuityLines(image), 'difference');
}

function listSection(title: string, lines: readonly string[], noun: string): Section {
  return {
    before: `\n### ${markdown(title.replace(/\.$/, ''))}\n\n`,
    rows: firstOf(lines).map((line) => `- ${markdown(line, 500)}\n`),
    after: '',
    total: lines.length,
    noun,
  };
}
