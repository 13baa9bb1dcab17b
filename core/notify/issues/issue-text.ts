import { describeFailure } from '../../failure.ts';
import { asDigest, type Digest, digestOf } from '../../oci/digest.ts';
import { type ImageOutcome, outcomeLabel, outcomeOf } from '../../report/outcome.ts';
import type { ReportedImage } from '../../report/report.ts';
import { failuresOfImage } from '../../report/totals.ts';
import { markdown, markdownCode, safeLink, visibleText } from '../../text/escape.ts';
import type { IssueText } from './tracker.ts';

const longestTitle = 150;
const mostReasons = 50;

/** By which the issue of an image is known, whatever it says. */
export function issueKey({ dockerfile, name, image }: ReportedImage): Digest {
  return digestOf(JSON.stringify([dockerfile, name, image]));
}

/** The issue of an image that a person should look at; `scope` is what the run was about. */
export function issueTextOf(image: ReportedImage, link: string | undefined, scope: Digest): IssueText {
  const outcome = outcomeOf(image);
  const place = image.image === null || image.image === image.name ? '' : ` (${image.image})`;
  const reasons = reasonsOf(image);
  const left = reasons.length - mostReasons;
  const said = [...reasons.slice(0, mostReasons), ...(left > 0 ? [`and ${left} more, in the report of the run`] : [])];
  const run = safeLink(link);
  const end = 'This issue is kept up to date and closed when a run finds the image well.';
  return {
    title: visibleText(`Base image of ${image.name}: ${outcomeLabel(outcome)}`, longestTitle),
    paragraphs: [
      `${markdownCode(image.name)}${markdown(place)}: **${markdown(outcomeLabel(outcome))}**.`,
      said.map((reason) => `- ${markdown(reason)}`).join('\n'),
      ...(run === undefined ? [] : [`[The run](${run})`]),
      end,
    ],
    plain: [`${image.name}${place}: ${outcomeLabel(outcome)}.`, ...said, ...(run === undefined ? [] : [run]), end],
    marks: [`${keyWord}: ${issueKey(image)}`, `${stateWord}: ${stateOf(outcome, reasons)}`, `${scopeWord}: ${scope}`],
  };
}

const keyWord = 'base-image-refresh-issue';
const stateWord = 'base-image-refresh-state';
const scopeWord = 'base-image-refresh-scope';

/** The marks of an issue. */
export interface IssueMarks {
  readonly key: Digest;
  readonly state: Digest | undefined;
  /** What the run was about that wrote it; absent in issues of earlier versions. */
  readonly scope: Digest | undefined;
}

/** The marks in the text of an issue; undefined where this program did not write it. */
export function marksIn(body: string): IssueMarks | undefined {
  const read = (word: string) => asDigest(new RegExp(`${word}: (sha256:[0-9a-f]{64})`).exec(body)?.[1] ?? '');
  const key = read(keyWord);
  return key === undefined ? undefined : { key, state: read(stateWord), scope: read(scopeWord) };
}

/** What an issue says, but for the run that said it: no one is notified again where that stays the same. */
export function stateOf(outcome: ImageOutcome, reasons: readonly string[]): Digest {
  return digestOf(JSON.stringify([outcome, reasons]));
}

/** Why an image ended as it did, one sentence each. */
export function reasonsOf(image: ReportedImage): readonly string[] {
  const { gate, validation, held } = image;
  const breaches = (gate?.breaches ?? []).map(
    ({ finding, advice }) => `${finding.id} in ${finding.package.name} (${finding.severity}): ${advice}`,
  );
  const failedTests = (validation?.checks ?? []).filter(({ verdict }) => verdict !== 'pass').map(({ name }) => name);
  return [
    ...failuresOfImage(image).map((failure) => describeFailure(failure)),
    ...(held === undefined ? [] : [held.remedy]),
    ...failedTests.map((name) => `test ${name} did not pass`),
    ...breaches,
  ];
}
