import { describe, expect, it } from 'vitest';
import { FailureError } from '../../core/failure.ts';
import { digestOf } from '../../core/oci/digest.ts';
import {
  familiar,
  formatReference,
  parseReference,
  sameRepository,
  withDigest,
  withTag,
} from '../../core/oci/reference.ts';

const digest = digestOf('');
const hex = digest.slice('sha256:'.length);

describe('a reference', () => {
  it.each([
    ['a', 'docker.io/library/a:latest'],
    ['a:1', 'docker.io/library/a:1'],
    [`a@sha256:${hex}`, `docker.io/library/a@sha256:${hex}`],
    [`a:1@sha256:${hex}`, `docker.io/library/a:1@sha256:${hex}`],
    [`a@sha384:${'b'.repeat(96)}`, `docker.io/library/a@sha384:${'b'.repeat(96)}`],
    [`a@sha512:${'b'.repeat(128)}`, `docker.io/library/a@sha512:${'b'.repeat(128)}`],
    ['a/b', 'docker.io/a/b:latest'],
    ['docker.io/a', 'docker.io/library/a:latest'],
    ['index.docker.io/a/b', 'docker.io/a/b:latest'],
    ['index.docker.io/a', 'docker.io/library/a:latest'],
    ['ghcr.io/a', 'ghcr.io/a:latest'],
    ['localhost/a', 'localhost/a:latest'],
    ['localhost:5000/a:b', 'localhost:5000/a:b'],
    ['LOCALHOST/a', 'LOCALHOST/a:latest'],
    ['Host/a', 'Host/a:latest'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    [`x/${hex}`, `docker.io/x/${hex}:latest`],
    [`${hex}:1`, `docker.io/library/${hex}:1`],
    [`a:${'t'.repeat(128)}`, `docker.io/library/a:${'t'.repeat(128)}`],
    ['a'.repeat(247), `docker.io/library/${'a'.repeat(247)}:latest`],
    [`a.b/${'a'.repeat(255)}`, `a.b/${'a'.repeat(255)}:latest`],
  ])('%s is %s', (text, canonical) => {
    expect(formatReference(parseReference(text))).toBe(canonical);
  });

  it.each([
    ['A', 'has upper case in its repository name'],
    ['a/B', 'has upper case in its repository name'],
    ['Host/A', 'has upper case in its repository name'],
    [hex, 'is an image ID and no reference'],
    [`a@sha256:${'a'.repeat(63)}`, 'has a digest that is not sha256, sha384 or sha512'],
    [`a@sha256:${'a'.repeat(65)}`, 'has a digest that is not sha256, sha384 or sha512'],
    [`a@sha256:${'A'.repeat(64)}`, 'has a digest that is not sha256, sha384 or sha512'],
    [`a@sha384:${'a'.repeat(64)}`, 'has a digest that is not sha256, sha384 or sha512'],
    [`a@sha384:${'a'.repeat(97)}`, 'has a digest that is not sha256, sha384 or sha512'],
    ['a'.repeat(248), 'has a repository name of more than 255 characters'],
    [`a.b/${'a'.repeat(256)}`, 'has a repository name of more than 255 characters'],
    [`a:${'t'.repeat(129)}`, 'is not a valid image reference'],
    ['', 'is not a valid image reference'],
    ['a b', 'is not a valid image reference'],
    ['https://a/b', 'is not a valid image reference'],
    ['a@', 'is not a valid image reference'],
    [`a@xsha384:${'a'.repeat(96)}`, 'has a digest that is not sha256, sha384 or sha512'],
    [`a@sha256:${'a'.repeat(31)}`, 'is not a valid image reference'],
  ])('is not %j, which %s', (text, detail) => {
    const parse = () => parseReference(text);
    expect(parse).toThrow(FailureError);
    expect(parse).toThrow(`"${text.slice(0, 300)}": ${detail}; write it as REGISTRY/REPOSITORY:TAG.`);
  });

  it('keeps no more of a long text in what it says than can be read', () => {
    expect(() => parseReference('A'.repeat(1000))).toThrow(/^"A{300}": has/);
  });

  it('has parts that are absent where they are not said', () => {
    expect(parseReference(`a.b/c@sha256:${hex}`)).toStrictEqual({ registry: 'a.b', repository: 'c', digest });
    expect(parseReference('a.b/c')).toStrictEqual({ registry: 'a.b', repository: 'c', tag: 'latest' });
    expect(parseReference(`a.b/c:1@sha256:${hex}`)).toStrictEqual({
      registry: 'a.b',
      repository: 'c',
      tag: '1',
      digest,
    });
  });

  it.each([
    ['debian:12', 'debian:12'],
    ['debian', 'debian:latest'],
    [`debian:12@sha256:${hex}`, `debian:12@sha256:${hex}`],
    [`debian@sha256:${hex}`, `debian@sha256:${hex}`],
    ['acme/web:1', 'acme/web:1'],
    ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:1'],
    ['docker.io/library/a/b', 'library/a/b:latest'],
    ['docker.io/0.a/b', 'docker.io/0.a/b:latest'],
    ['docker.io/localhost/b', 'docker.io/localhost/b:latest'],
    ['ghcr.io/library/a', 'ghcr.io/library/a:latest'],
    ['docker.io/x/library/a', 'x/library/a:latest'],
    ['docker.io/library/a.b', 'a.b:latest'],
  ])('%s is written %s for people', (text, short) => {
    expect(familiar(parseReference(text))).toBe(short);
    expect(parseReference(short)).toEqual(parseReference(text));
  });

  it('is held at a digest with its tag kept, and has its tag replaced without one', () => {
    expect(formatReference(withDigest(parseReference('a:1'), digest))).toBe(`docker.io/library/a:1@sha256:${hex}`);
    expect(formatReference(withTag(parseReference(`a:1@sha256:${hex}`), '2'))).toBe('docker.io/library/a:2');
  });

  it.each([
    ['a:1', 'docker.io/library/a:2', true],
    ['a', 'b', false],
    ['a/b', 'x.y/a/b', false],
  ])('%s and %s are of one repository: %s', (left, right, same) => {
    expect(sameRepository(parseReference(left), parseReference(right))).toBe(same);
  });
});
