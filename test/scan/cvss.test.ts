import { describe, expect, it, vi } from 'vitest';
import { scoreOfVector } from '../../core/scan/cvss.ts';

describe('the base score of a vector', () => {
  it.each([
    ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 7.5],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H/', 5.9],
    [' CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H/E:X \n', 5.9],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/U:Red', 9.3],
  ])('%s', (vector, score) => {
    expect(scoreOfVector(vector)).toBe(score);
  });

  it.each([
    ['one that leaves a metric open', 'CVSS:3.1/AV:N/AC:H'],
    ['a terminal sequence as a metric', 'CVSS:3.1/AV:N/\u001b]0;owned\u0007/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    ['a log command as a value', 'CVSS:3.1/AV:\n::error::owned/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    ['a metric without a value', 'CVSS:3.1/AV:/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    ['another version', 'CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    ['more than any vector has', `CVSS:3.1/AV:N/${'E:X/'.repeat(200)}`],
    ['nothing', ''],
  ])('is not known of %s, and nothing of it is written to the console', (_, vector) => {
    const written = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      expect(scoreOfVector(vector)).toBeUndefined();
      expect(written).not.toHaveBeenCalled();
    } finally {
      written.mockRestore();
    }
  });
});
