import { exitCodes } from '../../cli/exit-codes.ts';
import type { updateDocument } from '../../core/commands/update-document.ts';
import { describeFailure, type Failure } from '../../core/failure.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { failuresOf } from '../../core/report/totals.ts';
import { run } from '../../core/run.ts';
import type { CommandName } from '../../core/settings/commands.ts';
import { createHarness } from '../registry/harness.ts';
import { createRecordingHost } from '../support/run.ts';
import type { Column, Ended } from './outcome.ts';
import { impatient } from './patience.ts';
import { releaseTag } from './release-tag.ts';
import type { Break } from './row.ts';
import { openSite, type Site } from './site.ts';

/** What a command made of a fault. */
export interface Seen {
  /** Exit code, verdict, and the codes of the failures: what the table states. */
  readonly outcome: Ended;
  /** How often the fault struck. */
  readonly hits: number;
  /** What is told of what failed, in words. */
  readonly failures: readonly string[];
  /** What the release tag named before and names now. */
  readonly tag: { readonly before: string | undefined; readonly after: string | undefined };
  /** What the report says was promoted. */
  readonly promoted: string | undefined;
  /** Requests that change something, at any registry. */
  readonly writes: number;
  /** Authorization headers that reached the host that has no business with any. */
  readonly leaked: number;
}

/** Runs one command of the product, as its hosts do, on a site of its own in which one thing is broken. */
export async function runCell(column: Column, fault: Break): Promise<Seen> {
  const moved = column !== 'check, up to date';
  const site = await openSite({ moved, ...(fault.withoutTls === undefined ? {} : { withoutTls: fault.withoutTls }) });
  try {
    const injected = await fault.inject?.(site);
    const before = tagOf(site);
    const hangs = () => fault.hangs === true && (injected?.hits() ?? 0) > 0;
    const { conclusion, printed, told } = await runCommand(commands[column], site, hangs);
    const { base, image, stranger } = site;
    return {
      outcome: `${exitCodes[conclusion]} ${printed === undefined ? 'no-report' : printed.words.join(' ')}`,
      hits: injected?.hits() ?? 0,
      failures: printed === undefined ? told : printed.failures.map(describeFailure),
      tag: { before, after: tagOf(site) },
      promoted: printed?.promoted,
      writes: [base, image, stranger].flatMap((server) => server.writes()).length,
      leaked: stranger.requests.filter(({ headers }) => headers.authorization !== undefined).length,
    };
  } finally {
    await site.close();
  }
}

const commands: Readonly<Record<Column, CommandName>> = {
  check: 'check',
  'check, up to date': 'check',
  plan: 'plan',
  refresh: 'refresh',
  rebase: 'rebase',
  scan: 'scan',
  update: 'update',
};

async function runCommand(command: CommandName, site: Site, hangs: () => boolean) {
  const reference = `${site.names.image}/team/web:${releaseTag}`;
  const host = createRecordingHost({
    command,
    path: site.root,
    image: reference,
    engine: 'rebase',
    'fail-on': 'stale',
    'pin-digests': 'true',
    format: 'json',
    allow: 'scanner-command',
    'registry-credentials': `${site.names.image}=bot:secret`,
    config: `${site.root}/.base-image-refresh.yml`,
    'output-dir': `${site.root}/reports`,
  });
  const { world, stop } = impatient(createHarness({}, { routes: site.routes }).world, hangs);
  const conclusion = await run(host, world).finally(stop);
  const [text] = host.printed;
  const told = host.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  return { conclusion, told, printed: text === undefined ? undefined : readPrinted(command, text) };
}

/** What is read of the JSON that a command prints. */
interface Printed {
  readonly words: readonly string[];
  readonly failures: readonly Failure[];
  readonly promoted: string | undefined;
}

function readPrinted(command: CommandName, text: string): Printed {
  if (command === 'update') {
    const { updates, held, failures } = JSON.parse(text) as ReturnType<typeof updateDocument>;
    const kept = held.length > 0 ? 'held' : 'nothing';
    const word = failures.length > 0 ? 'unknown' : updates.length > 0 ? 'offered' : kept;
    return { words: [word, ...codesOf(failures)], failures, promoted: undefined };
  }
  const report = JSON.parse(text) as RefreshReport;
  const failures = failuresOf(report);
  const verdicts = report.images.map((image) => wordOf(report, image)).join(' and ');
  return { words: [verdicts, ...codesOf(failures)], failures, promoted: report.images[0]?.promotion?.digest };
}

function codesOf(failures: readonly Failure[]): readonly string[] {
  return [...new Set(failures.map(({ code }) => code))].sort();
}

function tagOf({ image }: Site): string | undefined {
  return image.store.digestOf('team/web', releaseTag);
}

function wordOf({ command }: RefreshReport, { verdict, gate, promotion }: ReportedImage): string {
  if (promotion !== null) return 'promoted';
  return command === 'scan' ? (gate?.verdict ?? verdict) : verdict;
}
