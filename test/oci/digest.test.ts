import { describe, expect, it } from 'vitest';
import { asDigest, digestOf, shortDigest } from '../../core/oci/digest.ts';

const hex = '0123456789abcdef'.repeat(4);

describe('a digest', () => {
  it.each([`sha256:${hex}`, `sha512:${hex}${hex}`])('is %s', (text) => {
    expect(asDigest(text)).toBe(text);
  });

  it.each([
    '',
    hex,
    `sha256:${hex}0`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex.toUpperCase()}`,
    `sha512:${hex}`,
    `sha384:${hex}`,
    `xsha256:${hex}`,
    `sha256:${hex}\n`,
    `SHA256:${hex}`,
    'x'.repeat(200),
  ])('is not %j', (text) => {
    expect(asDigest(text)).toBeUndefined();
  });

  it('is of bytes as sha256sum has it, and short for a table', () => {
    const digest = digestOf('');
    expect(digest).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestOf(new Uint8Array())).toBe(digest);
    expect(shortDigest(digest)).toBe('sha256:e3b0c44298fc');
  });
});
