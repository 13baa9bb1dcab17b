import type { Conclusion, World } from '../ports.ts';
import { byUrgency, headline, type ImageOutcome, outcomeCounts, outcomeLabel, outcomeOf } from '../report/outcome.ts';
import type { RefreshReport, ReportedImage } from '../report/report.ts';
import { namesOf } from '../table.ts';
import { counted } from '../text/words.ts';
import { plainLines } from '../untrusted.ts';

/** On which runs a message is posted. */
export type NotifyOn = 'change' | 'failure' | 'always';

/** What a channel shows of a run. All texts are untrusted. */
export interface Message {
  readonly command: RefreshReport['command'];
  readonly conclusion: Conclusion;
  readonly headline: string;
  /** Page of the run; undefined outside GitHub Actions and Azure Pipelines. */
  readonly link: string | undefined;
  readonly repository: string | undefined;
  readonly finishedAt: string;
  readonly counts: Readonly<Partial<Record<ImageOutcome, number>>>;
  /** Those that a person should look at, worst first. */
  readonly images: readonly MessageImage[];
}

export interface MessageImage {
  readonly name: string;
  readonly image: string | null;
  readonly outcome: ImageOutcome;
  readonly label: string;
  /** Why it ended so, in one line; empty where the outcome says all. */
  readonly detail: string;
}

const quiet: readonly ImageOutcome[] = ['current'];
const changed: readonly ImageOutcome[] = ['promoted', 'deployed'];
const due: readonly ImageOutcome[] = ['stale', 'planned'];
const longestDetail = 300;

/** Whether a run is one that its readers wanted to hear of. */
export function isOfInterest(report: RefreshReport, conclusion: Conclusion, on: NotifyOn): boolean {
  if (on === 'always' || conclusion !== 'succeeded') return true;
  if (on === 'failure') return false;
  const wanted = report.command === 'check' || report.command === 'plan' ? due : changed;
  return report.images.some((image) => wanted.includes(outcomeOf(image)));
}

/** The message about a finished run. */
export function messageOf(report: RefreshReport, conclusion: Conclusion, env: World['env']): Message {
  const counts = outcomeCounts(report.images);
  const shown = byUrgency(report.images).filter((image) => !quiet.includes(outcomeOf(image)));
  return {
    command: report.command,
    conclusion,
    headline: headline(report),
    link: runLink(env),
    repository: env.GITHUB_REPOSITORY ?? env.BUILD_REPOSITORY_NAME,
    finishedAt: report.finishedAt,
    counts: Object.fromEntries(namesOf(counts).flatMap((name) => (counts[name] > 0 ? [[name, counts[name]]] : []))),
    images: shown.map(imageOf),
  };
}

function imageOf(image: ReportedImage): MessageImage {
  const outcome = outcomeOf(image);
  const detail = detailOf(image);
  const [line = ''] = plainLines(detail);
  return { name: image.name, image: image.image, outcome, label: outcomeLabel(outcome), detail: cut(line) };
}

function detailOf({ failure, gate, held }: ReportedImage): string {
  const why = failure ?? gate?.failure ?? null;
  if (why !== null) return `${why.subject}: ${why.detail}`;
  if (held !== undefined) return held.remedy;
  return gate === null || gate.breaches.length === 0
    ? ''
    : `${counted(gate.breaches.length, 'breach', 'breaches')} of policy`;
}

function cut(line: string): string {
  return line.length <= longestDetail ? line : `${line.slice(0, longestDetail)}…`;
}

/** The page of this run on its CI host; undefined outside one. */
export function runLink(env: World['env']): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
  const { SYSTEM_COLLECTIONURI, SYSTEM_TEAMPROJECT, BUILD_BUILDID } = env;
  const address =
    GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID
      ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
      : SYSTEM_COLLECTIONURI && SYSTEM_TEAMPROJECT && BUILD_BUILDID
        ? `${SYSTEM_COLLECTIONURI}${encodeURIComponent(SYSTEM_TEAMPROJECT)}/_build/results?buildId=${BUILD_BUILDID}`
        : '';
  return URL.canParse(address) ? new URL(address).href : undefined;
}
