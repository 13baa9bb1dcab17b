import pLimit, { type LimitFunction } from 'p-limit';
import { type FailureError, fail } from '../../failure.ts';
import { isHostFailure } from './connection.ts';
import { paceFor, type RateLimit, type RateReading } from './rate-limit.ts';
import { createRequestWindow } from './request-window.ts';
import { retryAfterCeiling } from './retry.ts';

/** What a run knows of one host, to spare it and itself. */
export interface RegistryHost {
  /** With its port. */
  readonly name: string;
  /** Bounds the requests under way. */
  readonly limit: LimitFunction;
  /** Bounds those whose body comes from another request: in one queue, the two would wait for each other. */
  readonly copyLimit: LimitFunction;
  /** Milliseconds to wait before a request; throws where the host is not to be asked at all for now. */
  waitBefore(now: Date, request: { readonly kind: string; readonly subject: string }): number;
  /** The host asked for no request for so long. */
  hold(now: Date, milliseconds: number): void;
  /** The host answered, after so many milliseconds where that says something of it, perhaps with what it says of its limit. */
  heard(status: number, milliseconds: number | undefined, rate: RateReading | undefined): void;
  /** All attempts of a request were in vain. */
  lost(failure: FailureError, now: Date): FailureError;
}

/** A host that could not be reached for so many requests in a row is not asked for a while. */
const lossesBeforeRest = 3;
const rest = 30_000;

/** The hosts of one run, made as they are met. */
export function createHosts(concurrency: number): {
  of(name: string): RegistryHost;
  rateLimits(): readonly RateLimit[];
} {
  const hosts = new Map<string, RegistryHost>();
  const rates = new Map<string, RateLimit>();
  return {
    of: (name) => {
      const host = hosts.get(name) ?? createHost(name, concurrency, rates);
      hosts.set(name, host);
      return host;
    },
    rateLimits: () => [...rates.values()],
  };
}

function createHost(name: string, concurrency: number, rates: Map<string, RateLimit>): RegistryHost {
  let heldUntil = 0;
  let losses = 0;
  let lastLoss: { readonly failure: FailureError; readonly at: number } | undefined;
  const window = createRequestWindow(concurrency);
  const limit = pLimit(window.size());
  return {
    name,
    limit,
    copyLimit: pLimit(window.size()),
    waitBefore: (now, { kind, subject }) => {
      const wait = heldUntil - now.getTime();
      if (wait > retryAfterCeiling) throw stillHeld(name, subject, wait);
      const resting = lastLoss !== undefined && losses >= lossesBeforeRest && now.getTime() - lastLoss.at < rest;
      if (resting && lastLoss !== undefined) throw notAsked(lastLoss.failure, subject);
      const known = rates.get(name);
      if (known === undefined) return wait;
      const slowed = Math.max(wait, kind === 'get' ? paceFor(known) : 0, 0);
      rates.set(name, { ...known, slowedMs: known.slowedMs + slowed });
      return slowed;
    },
    hold: (now, milliseconds) => {
      heldUntil = Math.max(heldUntil, now.getTime() + milliseconds);
    },
    heard: (status, milliseconds, rate) => {
      losses = 0;
      if (status === 429 || status === 503) window.refused();
      else window.answered(milliseconds, limit.pendingCount > 0);
      if (limit.concurrency !== window.size()) limit.concurrency = window.size();
      if (rate !== undefined) rates.set(name, { ...rate, slowedMs: rates.get(name)?.slowedMs ?? 0 });
    },
    lost: (failure, now) => {
      if (isHostFailure(failure)) losses += 1;
      if (isHostFailure(failure)) lastLoss = { failure, at: now.getTime() };
      return failure;
    },
  };
}

function stillHeld(name: string, subject: string, wait: number): FailureError {
  const minutes = Math.ceil(wait / 60_000);
  return fail('rate-limited', subject, `${name} asked for no further request`, `try again in ${minutes} minutes`, {
    retryable: true,
  });
}

function notAsked({ failure }: FailureError, subject: string): FailureError {
  return fail('unreachable', subject, failure.detail, failure.remedy, { retryable: true });
}
