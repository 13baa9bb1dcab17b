import { describeFailure, type Failure } from '../failure.ts';
import { counted } from '../text/words.ts';
import { outcomeOf, type Tone } from './outcome.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { failuresOfImage } from './totals.ts';

/** One thing that somebody is to do after a run. */
export interface NextStep {
  readonly tone: Tone;
  readonly what: string;
  /** What showed that it is to be done, where that says more. */
  readonly why?: string;
  /** The images that wait for it; none where it belongs to no image. */
  readonly images: readonly string[];
}

/** What to do after a run, what unblocks most images first; the same remedy stands once for all that need it. */
export function nextSteps(report: RefreshReport): readonly NextStep[] {
  const steps = new Map<string, { readonly step: Step; readonly images: Set<string> }>();
  const add = (step: Step, image?: string) => {
    const known = steps.get(step.what) ?? { step, images: new Set<string>() };
    if (image !== undefined) known.images.add(image);
    steps.set(step.what, known);
  };
  for (const failure of report.failures) add(remedyOf(failure));
  for (const image of report.images) {
    for (const step of stepsFor(image, report)) add(step, image.name);
  }
  const found = [...steps.values()].map(({ step, images }): NextStep => ({ ...step, images: [...images] }));
  return found.toSorted((a, b) => rank(a) - rank(b) || b.images.length - a.images.length);
}

function rank({ tone }: NextStep): number {
  return tone === 'bad' ? 0 : 1;
}

type Step = Omit<NextStep, 'images'>;

const mostAdvice = 3;

function stepsFor(image: ReportedImage, report: RefreshReport): readonly Step[] {
  switch (outcomeOf(image)) {
    case 'held':
      return adviceOf(image);
    case 'rejected':
      return [{ tone: 'bad', what: 'Mend what the tests found, or the tests.' }];
    case 'broken':
      return [{ tone: 'bad', what: sentence(image.held?.remedy ?? 'see in the details what would be lost') }];
    case 'stale':
    case 'unrecorded':
      return [{ tone: 'warn', what: refreshWords(report) }];
    case 'planned':
      return [
        { tone: 'warn', what: report.dryRun ? 'Run it without the dry run to rebuild them.' : refreshWords(report) },
      ];
    case 'withheld':
      return image.plan?.held === undefined ? [] : [{ ...remedyOf(image.plan.held), tone: 'warn' }];
    case 'passed':
    case 'promoted':
    case 'deployed':
    case 'current':
    case 'skipped':
      return [];
    case 'failed':
    case 'inconclusive':
    case 'unknown':
    case 'lacks-platform':
      return failuresOfImage(image).map(remedyOf);
  }
}

function adviceOf({ gate }: ReportedImage): readonly Step[] {
  const advice = [...new Set(gate?.breaches.map((breach) => breach.advice))];
  const more = advice.length - mostAdvice;
  return [
    ...advice.slice(0, mostAdvice).map((what): Step => ({ tone: 'bad', what })),
    ...(more > 0
      ? [{ tone: 'bad', what: `Read ${counted(more, 'more remedy', 'more remedies')} in the details.` } as const]
      : []),
  ];
}

function remedyOf(failure: Failure): Step {
  const { remedy, subject, detail } = failure;
  if (remedy === undefined) return { tone: 'bad', what: describeFailure(failure) };
  return { tone: 'bad', what: sentence(remedy), why: describeFailure({ subject, detail }) };
}

function refreshWords({ command }: RefreshReport): string {
  return command === 'check' || command === 'plan'
    ? 'Run refresh: it rebuilds, scans and gates what is stale.'
    : 'Read in the details why it was left stale.';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
