import { attempt, FailureError, fail } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { get, objectIn, post, type RegistryApi, textIn } from './api.ts';
import { type LogReader, readLog } from './log.ts';

/** A run of ACR Tasks, followed to its end. */
export interface FollowedRun {
  readonly id: string;
  /** Digests of the images that it pushed, by repository and tag. */
  readonly images: ReadonlyMap<string, string>;
}

export interface Following {
  readonly world: Pick<World, 'now' | 'sleep'>;
  readonly api: RegistryApi;
  /** The image that is built, for failures. */
  readonly subject: string;
  readonly log: (line: string) => void;
  /** Milliseconds. */
  readonly timeout: number;
}

const between = 3_000;
const waiting = ['Queued', 'Started', 'Running'];

/** Sends the source, schedules the build, hands its log on as it comes, and answers what it pushed. */
export async function scheduleRun(following: Following, request: object): Promise<FollowedRun> {
  const { api, subject } = following;
  const scheduled = objectIn(await post(api, 'scheduleRun', request), 'properties');
  const id = textIn(scheduled, 'runId');
  const path = `runs/${encodeURIComponent(id)}`;
  const followed = await attempt(subject, () => follow(following, id, path));
  if (followed.kind === 'done') return finished(following, id, followed.value);
  // A run that is not followed would go on, and push to the candidate's tag later. That it may have ended changes nothing.
  await attempt(subject, () => post(api, `${path}/cancel`));
  throw new FailureError(followed.failure);
}

interface Ended {
  readonly status: string;
  readonly run: Readonly<Record<string, unknown>>;
  readonly log: LogReader;
}

async function follow(following: Following, id: string, path: string): Promise<Ended> {
  const { api, world, subject, timeout } = following;
  const log = await openLog(following, path);
  const until = world.now().getTime() + timeout;
  for (;;) {
    const run = objectIn(await get(api, path), 'properties');
    const status = textIn(run, 'status');
    await log.more();
    if (!waiting.includes(status)) return { status, run, log };
    if (world.now().getTime() > until) {
      throw fail(
        'build-failed',
        subject,
        `run ${id} of ACR Tasks took too long and was cancelled`,
        'give builds more time with build-timeout',
      );
    }
    await world.sleep(between);
  }
}

async function openLog({ api, log }: Following, path: string): Promise<LogReader> {
  const link = (await post(api, `${path}/listLogSasUrl`)).logLink;
  return readLog(api.transport, typeof link === 'string' ? link : undefined, log);
}

function finished({ subject }: Following, id: string, { status, run, log }: Ended): FollowedRun {
  if (status === 'Succeeded') return { id, images: imagesIn(run.outputImages) };
  const said = typeof run.runErrorMessage === 'string' ? run.runErrorMessage : log.last();
  throw fail(
    'build-failed',
    subject,
    `run ${id} of ACR Tasks ended as ${status}${said === '' ? '' : `: ${said.slice(0, 800)}`}`,
  );
}

function imagesIn(listed: unknown): ReadonlyMap<string, string> {
  const entries = Array.isArray(listed) ? listed : [];
  return new Map(entries.map(({ repository, tag, digest }) => [`${repository}:${tag}`, String(digest)]));
}
