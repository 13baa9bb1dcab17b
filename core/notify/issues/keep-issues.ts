import { append } from '../../append.ts';
import { attempt, describeFailure } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Host } from '../../ports.ts';
import { type ImageOutcome, outcomeOf } from '../../report/outcome.ts';
import type { RefreshReport, ReportedImage } from '../../report/report.ts';
import { failuresOfImage } from '../../report/totals.ts';
import { visibleText } from '../../text/escape.ts';
import { counted } from '../../text/words.ts';
import { issueKey, issueTextOf, marksIn } from './issue-text.ts';
import type { IssueText, TrackedIssue, Tracker } from './tracker.ts';

/** What is to be done so that each image that needs a person has one issue, and no other has. */
export type IssueStep =
  | { readonly kind: 'open'; readonly text: IssueText }
  | { readonly kind: 'change'; readonly issue: TrackedIssue; readonly text: IssueText }
  | { readonly kind: 'close'; readonly issue: TrackedIssue; readonly why: string };

const bad: readonly ImageOutcome[] = [
  'held',
  'rejected',
  'broken',
  'inconclusive',
  'failed',
  'unknown',
  'lacks-platform',
];
const well: readonly ImageOutcome[] = ['promoted', 'deployed', 'passed', 'current'];

/** What a run was about. */
export interface IssueScope {
  /** Of the workflow, the branch and the part of the repository. */
  readonly digest: Digest;
  /** Whether its report has a line for every image of it, so that one without a line is gone. */
  readonly isWhole: boolean;
}

/** What a report asks of the open issues; an image of which this run says nothing for certain keeps what it has. */
export function planIssues(
  images: readonly ReportedImage[],
  open: readonly TrackedIssue[],
  link: string | undefined,
  scope: IssueScope,
): readonly IssueStep[] {
  const known = new Map<Digest, TrackedIssue[]>();
  for (const issue of open) {
    const key = marksIn(issue.body)?.key;
    if (key !== undefined) append(known, key, issue);
  }
  const steps = images.flatMap((image): readonly IssueStep[] => {
    // Several are of runs that began side by side: the oldest is kept.
    const [issue, ...others] = (known.get(issueKey(image)) ?? []).toSorted((a, b) => a.number - b.number);
    const twice = others.map((other) => close(other, `Issue ${issue?.number} is about the same.`));
    if (isWell(image)) return issue === undefined ? [] : [close(issue, 'The image is well again.'), ...twice];
    if (!needsPerson(image)) return twice;
    const text = issueTextOf(image, link, scope.digest);
    if (issue === undefined) return [{ kind: 'open', text }];
    const [wanted, there] = [marksIn(text.marks.join('\n')), marksIn(issue.body)];
    const isSame = wanted?.state === there?.state && there?.scope !== undefined;
    return isSame ? twice : [{ kind: 'change', issue, text }, ...twice];
  });
  return scope.isWhole ? [...steps, ...goneIssues(images, open, scope)] : steps;
}

// Another workflow, or another branch, has images of its own.
function goneIssues(
  images: readonly ReportedImage[],
  open: readonly TrackedIssue[],
  { digest }: IssueScope,
): readonly IssueStep[] {
  const there = new Set(images.map(issueKey));
  return open
    .filter(({ body }) => {
      const marks = marksIn(body);
      return marks !== undefined && marks.scope === digest && !there.has(marks.key);
    })
    .map((issue) => close(issue, 'The repository has no such image any more.'));
}

function close(issue: TrackedIssue, why: string): IssueStep {
  return { kind: 'close', issue, why };
}

function isWell(image: ReportedImage): boolean {
  return well.includes(outcomeOf(image));
}

// What may pass by itself, such as a registry that does not answer, is no work for anybody yet.
function needsPerson(image: ReportedImage): boolean {
  if (!bad.includes(outcomeOf(image))) return false;
  const failures = failuresOfImage(image);
  return failures.length === 0 || failures.some(({ retryable }) => !retryable);
}

// GitHub lets a token create 80 things a minute; more than this is one fault, and no list of work.
const mostOpened = 25;

/** Brings the issues of a tracker to what a report says; what cannot be done is a warning, for the run has ended as it has. */
export async function keepIssues(
  host: Host,
  tracker: Tracker,
  { images, command, dryRun }: RefreshReport,
  link: string | undefined,
  scope: IssueScope,
): Promise<void> {
  if (command === 'refresh' && dryRun) return;
  const listed = await attempt(tracker.name, () => tracker.open());
  if (listed.kind === 'failed') return host.log('warning', describeFailure(listed.failure));
  const steps = planIssues(images, listed.value, link, scope);
  const opening = steps.filter(({ kind }) => kind === 'open');
  const taken = steps.filter((step) => step.kind !== 'open' || opening.indexOf(step) < mostOpened);
  // One after another, as hosts ask of what creates content.
  for (const step of taken) {
    const done = await attempt(tracker.name, () => act(tracker, step));
    if (done.kind === 'failed') return host.log('warning', describeFailure(done.failure));
    host.log('info', `${tracker.name}: ${done.value}`);
  }
  const left = opening.length - mostOpened;
  if (left > 0)
    host.log(
      'warning',
      `${tracker.name}: ${counted(left, 'more image')} would have an issue; the next runs open them.`,
    );
}

async function act(tracker: Tracker, step: IssueStep): Promise<string> {
  switch (step.kind) {
    case 'open':
      return `opened ${visibleText((await tracker.create(step.text)).url, 300)}`;
    case 'change':
      await tracker.change(step.issue, step.text);
      return `changed ${visibleText(step.issue.url, 300)}`;
    case 'close':
      await tracker.close(step.issue, step.why);
      return `closed ${visibleText(step.issue.url, 300)}`;
  }
}
