import { describe, expect, test } from 'vitest';
import type { Annotation } from '../../core/ports.ts';
import { remembering } from '../../core/report/ending.ts';
import { recordingHost } from '../hosts/recording-host.ts';

const sentences = {
  succeeded: 'Fine.',
  'policy-failed': 'Refused.',
  'usage-error': 'Wrong.',
  incomplete: 'Incomplete.',
};

const note = (level: Annotation['level'], title: string): Annotation => ({
  level,
  title,
  message: 'x',
  path: 'web/Dockerfile',
  line: 1,
});

describe('the last line of a run', () => {
  test('names what was not completed, each once', () => {
    const { host, words } = remembering(recordingHost({}));
    host.annotate(note('error', 'web: not finished'));
    host.annotate(note('error', 'web: gate failed'));
    host.annotate(note('error', 'Dockerfile not read'));
    host.annotate(note('warning', 'api: stale base'));
    host.log('error', 'vendor: cannot be listed; allow it.');
    host.log('warning', 'db: is old.');
    expect(words('incomplete', sentences)).toBe('Not completed: web, web/Dockerfile and vendor.');
  });

  test('names stale images where staleness is what policy refuses', () => {
    const { host, words } = remembering(recordingHost({}));
    host.annotate(note('warning', 'web: stale base'));
    expect(words('policy-failed', sentences)).toBe('Refused by policy: web.');
    expect(words('incomplete', sentences)).toBe('Incomplete.');
  });

  test('is the plain sentence where nothing is wrong or nothing has a name', () => {
    const { host, words } = remembering(recordingHost({}));
    expect(words('incomplete', sentences)).toBe('Incomplete.');
    host.log('error', 'web: failed.');
    expect(words('succeeded', sentences)).toBe('Fine.');
  });
});
