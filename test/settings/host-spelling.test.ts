import { describe, expect, test } from 'vitest';
import { spellingOptions, spellRemedy } from '../../core/settings/host-spelling.ts';
import { createRecordingHost } from '../support/run.ts';

const names = new Set(['scanner-path', 'deadline', 'source', 'file']);

function said(kind: 'cli' | 'github' | 'azure', message: string): string | undefined {
  const host = { ...createRecordingHost(), kind };
  spellingOptions(host, names).log('error', message);
  return host.lines[0]?.message;
}

describe('options in messages are spelled as users of the host write them', () => {
  const message = 'web: no scanner; install Trivy, or name it with --scanner-path, or raise --deadline.';
  test.each([
    ['cli', message],
    ['github', 'web: no scanner; install Trivy, or name it with scanner-path, or raise deadline.'],
    ['azure', 'web: no scanner; install Trivy, or name it with scannerPath, or raise deadline.'],
  ] as const)('%s', (kind, expected) => {
    expect(said(kind, message)).toBe(expected);
  });

  test('and options of other programs, or names that are none of ours, stay as they are', () => {
    const words = 'web: docker says: unknown flag: --file; use docker build --progress or --scanner-paths.';
    expect(said('azure', words)).toBe(words);
  });

  test('in a failure of a report too, in its remedy alone', () => {
    const failure = { detail: 'tool asks for --source', remedy: 'set --scanner-path' };
    expect(spellRemedy(failure, 'azure', names)).toEqual({ ...failure, remedy: 'set scannerPath' });
  });
});
