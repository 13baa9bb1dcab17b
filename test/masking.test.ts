import { describe, expect, test } from 'vitest';
import { ownWords } from '../core/commands/own-words.ts';
import { createMask, mapTexts } from '../core/masking.ts';

function maskOf(...secrets: readonly string[]) {
  const warnings: string[] = [];
  const mask = createMask(ownWords, { warn: (warning) => warnings.push(warning) });
  for (const secret of secrets) mask.add(secret);
  return { mask, warnings };
}

const digest = `sha256:${'ab'.repeat(32)}`;

describe('a mask', () => {
  test.each([
    'verdict',
    'stale',
    'critical',
    'name',
    'schemaVersion',
    'true',
    '1234',
    'sha256',
    'null',
    'abab',
    '2026',
  ])('leaves a document as it reads whose secret is %s', (secret) => {
    const document = {
      schemaVersion: 1234,
      verdict: 'stale',
      severity: 'critical',
      isStale: true,
      name: null,
      digest,
      at: '2026-12-01T00:00:00.000Z',
    };
    const json = JSON.stringify(document, null, 2);
    expect(maskOf(secret).mask.json(json)).toBe(json);
  });

  test('hides a secret in every value that is not of our words, however JSON writes it', () => {
    const secret = 'pa"ss\\wörd';
    const { mask } = maskOf(secret);
    const document = { detail: `user:${secret}@host refused`, list: [secret], [secret]: 1, verdict: 'unknown' };
    expect(JSON.parse(mask.json(JSON.stringify(document)))).toEqual({
      detail: 'user:***@host refused',
      list: ['***'],
      [secret]: 1,
      verdict: 'unknown',
    });
  });

  test('hides the longer of two secrets whole', () => {
    expect(maskOf('hunter', 'hunter2000').mask.text('it is hunter2000')).toBe('it is ***');
  });

  test('hides each line of a secret', () => {
    const { mask } = maskOf('first line\nsecond line\n');
    expect(JSON.parse(mask.json(JSON.stringify({ at: 'first line\nsecond line' })))).toEqual({ at: '***\n***' });
  });

  test('says once that a secret is a word of reports, hides it in messages, and keeps documents readable', () => {
    const { mask, warnings } = maskOf('current', 'stale');
    expect(warnings).toEqual(['a secret is a word that reports use and stays in them; use a longer one']);
    expect(mask.text('Basic current')).toBe('Basic ***');
    expect(mask.document('web  current')).toBe('web  current');
    expect(mask.value('current')).toBe('current');
    expect(mask.value('token current refused')).toBe('token *** refused');
  });
});

test('texts of a value are mapped and its keys are not', () => {
  const date = new Date(0);
  const value = { a: ['a', { a: 'b' }], date, n: 1 };
  expect(mapTexts(value, (text) => text.replace('a', 'x'))).toEqual({ a: ['x', { a: 'b' }], date, n: 1 });
  expect(mapTexts(value, (text) => text)).toBe(value);
});
