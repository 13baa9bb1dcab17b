import { describe, expect, test } from 'vitest';
import { paceFor, readRateLimit } from '../../core/registry/transport/rate-limit.ts';
import { isRetryable, parseRetryAfter, waitAfter } from '../../core/registry/transport/retry.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['3', 3000],
    ['0', 0],
    ['2.5', 2500],
    ['7s', 7000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['488µs', undefined],
    ['488.39µs', undefined],
    ['1m30s', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    ['99999999999999999999', 1e23],
  ])('%s', (header, milliseconds) => {
    expect(parseRetryAfter(header, now)).toBe(milliseconds);
  });
});

describe('waiting between attempts', () => {
  test.each([
    ['full jitter begins small', 1, {}, 0.999, { kind: 'wait', milliseconds: 250 }],
    ['and may be nothing', 3, {}, 0, { kind: 'wait', milliseconds: 0 }],
    ['grows by doubling', 4, {}, 0.5, { kind: 'wait', milliseconds: 1000 }],
    ['up to a ceiling', 30, {}, 1, { kind: 'wait', milliseconds: 15_000 }],
    ['429 waits at least a second', 1, { status: 429 }, 0, { kind: 'wait', milliseconds: 1000 }],
    ['what is asked for is waited for', 1, { retryAfter: 3000 }, 0, { kind: 'wait', milliseconds: 3000 }],
    ['but not less than a second', 1, { retryAfter: 0 }, 0, { kind: 'wait', milliseconds: 1000 }],
    ['and not for hours', 1, { retryAfter: 7_200_000 }, 0, { kind: 'too-long', milliseconds: 7_200_000 }],
  ])('%s', (_name, attempt, answer, random, wait) => {
    expect(waitAfter(attempt, answer, random)).toEqual(wait);
  });

  test.each([
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [502, true],
    [503, true],
    [504, true],
    [501, false],
    [505, false],
    [200, false],
    [301, false],
    [401, false],
    [404, false],
  ])('a %i may pass: %s', (status, passes) => {
    expect(isRetryable(status)).toBe(passes);
  });
});

describe('rate limits', () => {
  test.each([
    [
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '98;w=21600' },
      { host: 'h', limit: 100, remaining: 98, window: 21_600 },
    ],
    [{ 'ratelimit-remaining': '7' }, { host: 'h', remaining: 7 }],
    [
      { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0' },
      { host: 'h', limit: 60, remaining: 0 },
    ],
    [{ 'ratelimit-remaining': '12, 12;w=60' }, { host: 'h', remaining: 12, window: 60 }],
    [{ 'ratelimit-remaining': 'lots' }, undefined],
    [{ 'ratelimit-remaining': '-1' }, undefined],
    [{}, undefined],
  ])('%j', (headers, expected) => {
    expect(readRateLimit('h', headers)).toEqual(expected);
  });

  test.each([
    [undefined, 0],
    [{ host: 'h', remaining: 50, limit: 100 }, 0],
    [{ host: 'h', remaining: 10, limit: 100 }, 0],
    [{ host: 'h', remaining: 5, limit: 100 }, 1000],
    [{ host: 'h', remaining: 0, limit: 100 }, 2000],
    [{ host: 'h', remaining: 0 }, 2000],
  ])('%j holds a request back for %i ms', (limit, milliseconds) => {
    expect(paceFor(limit)).toBe(milliseconds);
  });
});
