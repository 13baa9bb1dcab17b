import pLimit, { type LimitFunction } from 'p-limit';
import { FailureError, fail } from '../failure.ts';
import type { HttpRequest, HttpResponse, World } from '../ports.ts';
import { readBounded, readStart } from './body.ts';
import { connectionFailure, mayPass } from './failures.ts';
import { paceFor, type RateLimit, readRateLimit } from './rate-limit.ts';
import type { RequestCounts } from './registry.ts';
import { defaultAttempts, isRetryable, parseRetryAfter, waitAfter } from './retry.ts';

/** One request as its retries repeat it. */
export interface Outgoing {
  readonly method: HttpRequest['method'];
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Made anew for each attempt. */
  readonly body?: () => Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly bodySize?: number;
  readonly kind: 'head' | 'get' | 'token' | 'write';
  /** What a failure is about. */
  readonly subject: string;
  readonly attempts?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly attempts: number;
  /** Milliseconds that the registry asked to wait. */
  readonly retryAfter?: number;
}

/** A reply with its whole body. */
export type Answer = Reply & { readonly bytes: Uint8Array };
/** A reply whose body is still to come. */
export type Opened = Reply & { readonly body: HttpResponse['body'] };

/** Sends requests with retries, in bounded number to each host, until the deadline. */
export interface Transport {
  /** The answer with its body, at most `limit` bytes of it. */
  send(outgoing: Outgoing, limit: number): Promise<Answer>;
  /** The answer with its body as a stream, which the caller must consume or cancel. */
  open(outgoing: Outgoing): Promise<Opened>;
  counts(): RequestCounts;
  rateLimits(): readonly RateLimit[];
}

export interface TransportOptions {
  readonly concurrency: number;
  /** When the run must be over, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly userAgent: string;
}

interface Host {
  readonly limit: LimitFunction;
  /** The host asked for no request before this time. */
  notBefore: number;
  /** How often in a row all attempts of a request were in vain. */
  silent: number;
  rate?: RateLimit;
}

/** Milliseconds until an answer that is read into memory must be complete. */
const answerTimeout = 120_000;
const refusalLimit = 64 * 1024;
/** A host that was silent this often in a row gets a single attempt until it speaks again. */
const silenceLimit = 3;
/** More than this overflows a timer. */
const longestTimer = 2 ** 31 - 1;

/** How the body of a response is taken, and what is done with one that is not wanted. */
interface Intake<T> {
  readonly take: (response: HttpResponse) => Promise<T>;
  readonly discard: (body: T) => Promise<void>;
  readonly timeout: number;
}

interface Exchange {
  readonly world: World;
  readonly options: TransportOptions;
  readonly counts: { -readonly [name in keyof RequestCounts]: RequestCounts[name] };
  readonly hosts: Map<string, Host>;
}

/** The transport of one run. */
export function createTransport(world: World, options: TransportOptions): Transport {
  const counts = { head: 0, get: 0, token: 0, write: 0, uploadedBytes: 0 };
  const hosts = new Map<string, Host>();
  const shared: Exchange = { world, options, counts, hosts };
  const streamed: Intake<HttpResponse['body']> = {
    take: async (response) => response.body,
    discard: (body) => body.cancel(),
    timeout: Number.POSITIVE_INFINITY,
  };
  return {
    send: async (outgoing, limit) => {
      const { body, ...reply } = await exchange(shared, outgoing, {
        take: (response) => takeBody(response, outgoing, limit),
        discard: async () => {},
        timeout: answerTimeout,
      });
      return { ...reply, bytes: body };
    },
    open: (outgoing) => exchange(shared, outgoing, streamed),
    counts: () => ({ ...counts }),
    rateLimits: () => [...hosts.values()].flatMap(({ rate }) => (rate === undefined ? [] : [rate])),
  };
}

// HEAD tells the length of a body that does not come; of a refusal only the beginning is worth reading.
function takeBody(response: HttpResponse, { method, subject }: Outgoing, limit: number): Promise<Uint8Array> {
  const expected = method !== 'HEAD' && response.status >= 200 && response.status < 300;
  return expected ? readBounded(response, limit, subject) : readStart(response, refusalLimit);
}

type Received<T> = Omit<Reply, 'attempts'> & { readonly body: T };
type Attempt<T> =
  | { readonly kind: 'received'; readonly received: Received<T> }
  | { readonly kind: 'thrown'; readonly thrown: unknown };

async function exchange<T>(
  shared: Exchange,
  outgoing: Outgoing,
  intake: Intake<T>,
): Promise<Reply & { readonly body: T }> {
  const host = hostOf(shared, outgoing.url.host);
  for (let attempt = 1; ; attempt++) {
    const result = await host.limit(() => attemptOnce(shared, outgoing, host, intake));
    const last = attempt >= (host.silent >= silenceLimit ? 1 : (outgoing.attempts ?? defaultAttempts));
    if (result.kind === 'thrown') {
      refuseToRetry(shared, outgoing, host, result.thrown, attempt, last);
      await pause(shared, outgoing, waitAfter(attempt, {}, shared.world.random()).milliseconds);
      continue;
    }
    host.silent = 0;
    const { received } = result;
    if (last || !isRetryable(received.status)) return { ...received, attempts: attempt };
    const wait = waitAfter(attempt, received, shared.world.random());
    if (wait.kind === 'too-long') return { ...received, attempts: attempt };
    await intake.discard(received.body);
    const until = shared.world.now().getTime() + wait.milliseconds;
    if (received.status === 429) host.notBefore = Math.max(host.notBefore, until);
    await pause(shared, outgoing, wait.milliseconds);
  }
}

function hostOf({ hosts, options }: Exchange, name: string): Host {
  const host = hosts.get(name) ?? { limit: pLimit(options.concurrency), notBefore: 0, silent: 0 };
  hosts.set(name, host);
  return host;
}

async function attemptOnce<T>(
  shared: Exchange,
  outgoing: Outgoing,
  host: Host,
  intake: Intake<T>,
): Promise<Attempt<T>> {
  const { world, counts } = shared;
  const pace = outgoing.kind === 'get' ? paceFor(host.rate) : 0;
  await pause(shared, outgoing, Math.max(host.notBefore - world.now().getTime(), pace));
  const timeout = Math.min(intake.timeout, millisecondsLeft(shared, outgoing.subject), longestTimer);
  counts[outgoing.kind] += 1;
  counts.uploadedBytes += outgoing.bodySize ?? 0;
  try {
    const response = await world.http({
      method: outgoing.method,
      url: outgoing.url.href,
      headers: { 'user-agent': shared.options.userAgent, ...outgoing.headers },
      ...(outgoing.body === undefined ? {} : { body: outgoing.body() }),
      signal: AbortSignal.timeout(timeout),
    });
    const rate = readRateLimit(outgoing.url.host, response.headers);
    if (rate !== undefined) host.rate = rate;
    const { status, headers } = response;
    const retryAfter = parseRetryAfter(headers['retry-after'], world.now());
    const asked = retryAfter === undefined ? {} : { retryAfter };
    return { kind: 'received', received: { status, headers, ...asked, body: await intake.take(response) } };
  } catch (thrown) {
    return { kind: 'thrown', thrown };
  }
}

function refuseToRetry(
  { world, options }: Exchange,
  outgoing: Outgoing,
  host: Host,
  thrown: unknown,
  attempt: number,
  last: boolean,
): void {
  if (thrown instanceof FailureError && !thrown.failure.retryable) throw thrown;
  if (world.now().getTime() >= options.deadline) throw pastDeadline(outgoing.subject, 'no answer had come', thrown);
  if (!last && mayPass(thrown)) return;
  host.silent += 1;
  throw connectionFailure(thrown, outgoing.subject, outgoing.url.host, attempt);
}

async function pause(shared: Exchange, outgoing: Outgoing, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return;
  if (milliseconds >= millisecondsLeft(shared, outgoing.subject)) {
    throw pastDeadline(outgoing.subject, `${outgoing.url.host} may not be asked again before it`);
  }
  await shared.world.sleep(milliseconds);
}

function millisecondsLeft({ world, options }: Exchange, subject: string): number {
  const milliseconds = options.deadline - world.now().getTime();
  if (milliseconds > 0) return milliseconds;
  throw pastDeadline(subject, 'it was not asked');
}

function pastDeadline(subject: string, detail: string, cause?: unknown): FailureError {
  const remedy = 'raise --deadline or check what is slow';
  return fail('deadline', subject, `the deadline of the run leaves no time: ${detail}`, remedy, { cause });
}
