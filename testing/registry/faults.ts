import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse, reply, type TestReply, type TestRequest } from './exchange.ts';

/** What goes wrong. */
export type FaultEffect =
  /** Answers this instead of what was asked. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** 429; `retryAfter` is the header as it is sent, absent when undefined. */
  | { readonly kind: 'rate-limited'; readonly retryAfter?: string }
  /** Answers rightly, but so many milliseconds later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Closes the connection without an answer; `done` after the work was done. */
  | { readonly kind: 'reset'; readonly done?: boolean }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Announces the whole body, sends so many bytes and closes the connection. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Sends another body under the true headers, or with its own length. */
  | { readonly kind: 'body'; readonly body: string | Uint8Array }
  /** Sets or, with null, drops response headers: a missing or wrong Docker-Content-Digest. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | null>> }
  /** Sends the true body and then zeros for as long as the client reads. */
  | { readonly kind: 'endless' };

/** When it goes wrong. Every condition that is given must hold. */
export interface Fault {
  readonly method?: string | readonly string[];
  /** The path as a whole, or a pattern that is found in it. */
  readonly path?: string | RegExp;
  readonly when?: (asked: TestRequest) => boolean;
  /** So many matching requests are answered rightly first. */
  readonly after?: number;
  /** So many times, then no more; without it always. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

/** A fault in place. */
export interface Injected {
  /** How often it has struck. */
  hits(): number;
  remove(): void;
}

/** The faults of one registry. */
export interface Faults {
  inject(fault: Fault): Injected;
  /** The effects for this request, in the order in which they were injected. */
  strike(asked: TestRequest): readonly FaultEffect[];
}

/** No faults yet. */
export function createFaults(): Faults {
  const active = new Map<Fault, { seen: number; hits: number }>();
  return {
    inject: (fault) => {
      const counts = { seen: 0, hits: 0 };
      const own = { ...fault };
      active.set(own, counts);
      return { hits: () => counts.hits, remove: () => void active.delete(own) };
    },
    strike: (asked) =>
      [...active].flatMap(([fault, counts]) => {
        if (!concerns(fault, asked)) return [];
        counts.seen += 1;
        const isDue = counts.seen > (fault.after ?? 0) && counts.hits < (fault.times ?? Number.POSITIVE_INFINITY);
        if (isDue) counts.hits += 1;
        return isDue ? [fault.effect] : [];
      }),
  };
}

function concerns({ method, path, when }: Fault, asked: TestRequest): boolean {
  if (method !== undefined && ![method].flat().includes(asked.method)) return false;
  if (typeof path === 'string' && path !== asked.path) return false;
  if (path instanceof RegExp && asked.path.search(path) === -1) return false;
  return when?.(asked) ?? true;
}

/** The answer under these effects; null where the connection is to be closed, or held without an answer. */
export async function answerWith(
  effects: readonly FaultEffect[],
  work: () => TestReply,
): Promise<TestReply | null | 'held'> {
  for (const effect of effects) {
    if (effect.kind === 'delay') await sleep(effect.milliseconds);
    if (effect.kind === 'hang') return 'held';
    if (effect.kind === 'reset' && effect.done !== true) return null;
    if (effect.kind === 'status') return reply(effect.status, effect.headers, Buffer.from(effect.body ?? ''));
    if (effect.kind === 'rate-limited') return tooMany(effect.retryAfter);
  }
  const answer = work();
  if (effects.some(({ kind }) => kind === 'reset')) return null;
  return effects.reduce(change, answer);
}

function tooMany(retryAfter: string | undefined): TestReply {
  const headers: Readonly<Record<string, string>> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return refuse('TOOMANYREQUESTS', 'rate limit exceeded', { headers });
}

function change(answer: TestReply, effect: FaultEffect): TestReply {
  if (effect.kind === 'body') return { ...answer, body: Buffer.from(effect.body) };
  if (effect.kind !== 'headers') return answer;
  const dropped = Object.entries(effect.headers).filter(([, value]) => value === null);
  const names = dropped.map(([name]) => name.toLowerCase());
  const set = Object.entries(effect.headers).flatMap(([name, value]) =>
    value === null ? [] : [[name.toLowerCase(), value]],
  );
  const kept = Object.entries(answer.headers).filter(([name]) => !names.includes(name));
  return { ...answer, headers: { ...Object.fromEntries(kept), ...Object.fromEntries(set) } };
}

/** Sends a body that breaks off, or one that never ends; false where no effect wants that. */
export async function sendBroken(
  effects: readonly FaultEffect[],
  response: ServerResponse,
  body: Buffer,
): Promise<boolean> {
  for (const effect of effects) {
    if (effect.kind === 'truncate') {
      response.write(body.subarray(0, effect.bytes), () => response.destroy());
      return true;
    }
    if (effect.kind === 'endless') {
      response.removeHeader('content-length');
      response.write(body);
      await pour(response);
      return true;
    }
  }
  return false;
}

// Ends when the client goes away, which pipeline tells as an error.
async function pour(response: ServerResponse): Promise<void> {
  await pipeline(Readable.from(zeros()), response).catch(() => {});
}

function* zeros(): Generator<Buffer> {
  const block = Buffer.alloc(64 * 1024);
  for (;;) yield block;
}
