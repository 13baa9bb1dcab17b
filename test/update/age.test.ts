import { describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { countsFrom, ofAge } from '../../core/update/cool-down.ts';
import { lineKey, noHistory, type TagAge, tagAge, withSeenTags } from '../../core/update/tag-history.ts';

const now = new Date('2026-06-15T12:00:00Z');
const may = new Date('2026-05-01T00:00:00Z');
const june = '2026-06-01T00:00:00.000Z';

const unwatched: TagAge = { kind: 'unwatched' };
const start: TagAge = { kind: 'from-the-start', since: may };
const appeared: TagAge = { kind: 'appeared', since: may };

describe('the time from which something counts', () => {
  it.each([
    [june, unwatched, june],
    [june, start, june],
    [june, appeared, june],
    ['2026-04-01T00:00:00.000Z', start, '2026-04-01T00:00:00.000Z'],
    ['2026-04-01T00:00:00.000Z', appeared, may.toISOString()],
    [undefined, unwatched, now.toISOString()],
    [undefined, start, may.toISOString()],
    [undefined, appeared, may.toISOString()],
    ['1970-01-01T00:00:00Z', unwatched, now.toISOString()],
    ['2013-02-28T23:59:59Z', unwatched, now.toISOString()],
    ['2013-03-01T00:00:00.000Z', unwatched, '2013-03-01T00:00:00.000Z'],
    [now.toISOString(), unwatched, now.toISOString()],
    ['2026-06-15T12:00:00.001Z', start, may.toISOString()],
    ['soon', start, may.toISOString()],
  ])('%s, %j is %s', (created, known, expected) => {
    expect(countsFrom(created, known, now).toISOString()).toBe(expected);
  });

  it('is so many days before the day from which it is taken', () => {
    expect(ofAge(may, 3).toISOString()).toBe('2026-05-04T00:00:00.000Z');
  });
});

describe('the history of tags', () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`] as [Digest, Digest];
  const later = new Date('2026-06-20T00:00:00Z');
  const line = 'docker.io/library/node:#.#-alpine#.#';

  it('knows a line by its numbers left out', () => {
    expect(lineKey(parseReference('node:20.11-alpine3.19'))).toBe(line);
    expect(lineKey(parseReference('node'))).toBe('docker.io/library/node:latest');
  });

  it('tells what was there from what appeared and from what changed', () => {
    const first = withSeenTags(
      noHistory,
      [
        { line, tag: '1', digest: a },
        { line, tag: '2' },
      ],
      now,
    );
    expect(tagAge(noHistory, { line, tag: '1' }, later)).toEqual({ kind: 'unwatched' });
    expect(tagAge(first, { line, tag: '1', digest: a }, later)).toEqual({ kind: 'from-the-start', since: now });
    expect(tagAge(first, { line, tag: '1' }, later)).toEqual({ kind: 'from-the-start', since: now });
    expect(tagAge(first, { line, tag: '2', digest: a }, later)).toEqual({ kind: 'from-the-start', since: now });
    expect(tagAge(first, { line, tag: '1', digest: b }, later)).toEqual({ kind: 'appeared', since: later });
    expect(tagAge(first, { line, tag: '3', digest: a }, later)).toEqual({ kind: 'appeared', since: later });
    expect(tagAge(first, { line: 'constructor', tag: '1' }, later)).toEqual({ kind: 'unwatched' });
    expect(tagAge(first, { line, tag: 'constructor' }, later)).toEqual({ kind: 'appeared', since: later });
  });

  it('remembers the first sight, and a new one of other content', () => {
    const first = withSeenTags(
      noHistory,
      [
        { line, tag: '1', digest: a },
        { line, tag: '2' },
      ],
      now,
    );
    const second = withSeenTags(
      first,
      [
        { line, tag: '1', digest: b },
        { line, tag: '2', digest: a },
        { line, tag: '3' },
        { line, tag: '1' },
      ],
      later,
    );
    const [early, late] = [now.toISOString(), later.toISOString()];
    expect(second).toEqual({
      schemaVersion: 1,
      lines: {
        [line]: {
          watchedSince: early,
          tags: {
            '1': { firstSeen: late, digest: b },
            '2': { firstSeen: early, digest: a },
            '3': { firstSeen: late },
          },
        },
      },
    });
    expect(withSeenTags(second, [{ line, tag: '1', digest: b }], now)).toEqual(second);
    expect(noHistory).toEqual({ schemaVersion: 1, lines: {} });
  });
});
