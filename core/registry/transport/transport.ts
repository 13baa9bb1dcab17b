import { FailureError } from '../../failure.ts';
import type { HttpRequest, HttpResponse, World } from '../../ports.ts';
import { readBounded, readStart, refusalLimit } from './body.ts';
import { connectionFailure, mayPass } from './connection.ts';
import { createHosts, type RegistryHost } from './hosts.ts';
import { type RateLimit, readRateLimit } from './rate-limit.ts';
import type { RequestCounts } from './request-counts.ts';
import { defaultAttempts, isRetryable, parseRetryAfter, waitAfter } from './retry.ts';
import { createRunClock, type RunClock } from './run-clock.ts';

/** One request as its retries repeat it. */
export interface Outgoing {
  readonly method: HttpRequest['method'];
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Made anew for each attempt. */
  readonly body?: () => Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly bodySize?: number;
  /** Whether the body is itself read from a registry. */
  readonly copies?: boolean;
  readonly kind: 'head' | 'get' | 'token' | 'write';
  /** What a failure is about. */
  readonly subject: string;
  readonly attempts?: number;
  /** Milliseconds until an answer that is read into memory must be complete. */
  readonly timeout?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly attempts: number;
  /** Milliseconds that the registry asked to wait. */
  readonly retryAfter?: number;
}

/** A reply with its whole body. */
export type WholeReply = Reply & { readonly bytes: Uint8Array };
/** A reply whose body is still to come. */
export type OpenReply = Reply & { readonly body: HttpResponse['body'] };

/** Sends requests with retries, in bounded number to each host, until the deadline. */
export interface Transport {
  /** The answer with its body, at most `limit` bytes of it. */
  send(outgoing: Outgoing, limit: number): Promise<WholeReply>;
  /** The answer with its body as a stream, which the caller must consume or cancel. */
  open(outgoing: Outgoing): Promise<OpenReply>;
  /** Waits as between two attempts, for those who resume what broke off. */
  pause(attempt: number, subject: string): Promise<void>;
  counts(): RequestCounts;
  rateLimits(): readonly RateLimit[];
}

export interface TransportOptions {
  /** Largest number of requests under way to one host; there are fewer at first. */
  readonly concurrency: number;
  /** When the run must be over, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly userAgent: string;
}

const answerTimeout = 120_000;
/** Bytes in a millisecond: whoever sends fewer is taken for stuck. */
const slowestUpload = 50;
/** More than this overflows a timer. */
const longestTimer = 2 ** 31 - 1;

/** How the body of a response is taken, and what is done with one that is not wanted. */
interface Intake<T> {
  readonly take: (response: HttpResponse) => Promise<T>;
  readonly discard: (body: T) => Promise<void>;
  readonly timeout: number;
}

interface Shared {
  readonly world: World;
  readonly userAgent: string;
  readonly clock: RunClock;
  readonly hostOf: (name: string) => RegistryHost;
  readonly counts: { -readonly [name in keyof RequestCounts]: RequestCounts[name] };
}

/** The transport of one run. */
export function createTransport(world: World, options: TransportOptions): Transport {
  const counts = { head: 0, get: 0, token: 0, write: 0, uploadedBytes: 0 };
  const clock = createRunClock(world, options.deadline);
  const hosts = createHosts(options.concurrency);
  const shared: Shared = { world, userAgent: options.userAgent, clock, hostOf: hosts.of, counts };
  const streamed: Intake<HttpResponse['body']> = {
    take: async (response) => response.body,
    discard: (body) => body.cancel(),
    timeout: longestTimer,
  };
  return {
    send: async (outgoing, limit) => {
      const { body, ...reply } = await exchange(shared, outgoing, {
        take: (response) => takeBody(response, outgoing, limit),
        discard: async () => {},
        timeout: outgoing.timeout ?? answerTimeout + Math.ceil((outgoing.bodySize ?? 0) / slowestUpload),
      });
      return { ...reply, bytes: body };
    },
    open: (outgoing) => exchange(shared, outgoing, streamed),
    pause: (attempt, subject) => clock.sleep(waitAfter(attempt, {}, world.random()).milliseconds, subject),
    counts: () => ({ ...counts }),
    rateLimits: hosts.rateLimits,
  };
}

// HEAD tells the length of a body that does not come; of a refusal only the beginning is worth reading.
function takeBody(response: HttpResponse, { method, subject }: Outgoing, limit: number): Promise<Uint8Array> {
  const expected = method !== 'HEAD' && response.status >= 200 && response.status < 300;
  return expected ? readBounded(response, limit, subject) : readStart(response, refusalLimit);
}

async function exchange<T>(
  shared: Shared,
  outgoing: Outgoing,
  intake: Intake<T>,
): Promise<Reply & { readonly body: T }> {
  const { world, clock } = shared;
  const host = shared.hostOf(outgoing.url.host);
  for (let attempt = 1; ; attempt++) {
    const limit = outgoing.copies === true ? host.copyLimit : host.limit;
    const result = await limit(() => attemptOnce(shared, outgoing, host, intake));
    const last = attempt >= (outgoing.attempts ?? defaultAttempts);
    if (result.kind === 'thrown') {
      const { thrown } = result;
      if (thrown instanceof FailureError) throw thrown;
      clock.check(outgoing.subject, 'did not answer in time');
      if (last || !mayPass(thrown))
        throw host.lost(connectionFailure(thrown, outgoing.subject, host.name, attempt), world.now());
      await clock.sleep(waitAfter(attempt, {}, world.random()).milliseconds, outgoing.subject);
      continue;
    }
    const { received } = result;
    if (!isRetryable(received.status)) return { ...received, attempts: attempt };
    const wait = waitAfter(attempt, received, world.random());
    if (received.status === 429) host.hold(world.now(), wait.milliseconds);
    if (last || wait.kind === 'too-long') return { ...received, attempts: attempt };
    await intake.discard(received.body);
    await clock.sleep(wait.milliseconds, outgoing.subject);
  }
}

type Received<T> = Omit<Reply, 'attempts'> & { readonly body: T };
type Attempt<T> =
  | { readonly kind: 'received'; readonly received: Received<T> }
  | { readonly kind: 'thrown'; readonly thrown: unknown };

async function attemptOnce<T>(
  shared: Shared,
  outgoing: Outgoing,
  host: RegistryHost,
  intake: Intake<T>,
): Promise<Attempt<T>> {
  const { world, counts, clock } = shared;
  try {
    await clock.sleep(host.waitBefore(world.now(), outgoing), outgoing.subject);
    const timeout = Math.min(intake.timeout, clock.left(outgoing.subject), longestTimer);
    counts[outgoing.kind] += 1;
    counts.uploadedBytes += outgoing.bodySize ?? 0;
    const sent = world.now().getTime();
    const response = await world.http(requestOf(shared, outgoing, timeout));
    const { status, headers } = response;
    // How long a body takes to be sent says nothing of how the host answers.
    const took = (outgoing.bodySize ?? 0) > 0 ? undefined : world.now().getTime() - sent;
    host.heard(status, took, readRateLimit(host.name, headers));
    const retryAfter = parseRetryAfter(headers['retry-after'], world.now());
    const asked = retryAfter === undefined ? {} : { retryAfter };
    return { kind: 'received', received: { status, headers, ...asked, body: await intake.take(response) } };
  } catch (thrown) {
    return { kind: 'thrown', thrown };
  }
}

function requestOf({ userAgent }: Shared, { method, url, headers, body }: Outgoing, timeout: number): HttpRequest {
  return {
    method,
    url: url.href,
    headers: { 'user-agent': userAgent, ...headers },
    ...(body === undefined ? {} : { body: body() }),
    signal: AbortSignal.timeout(timeout),
  };
}
