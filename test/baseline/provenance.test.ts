import { describe, expect, it } from 'vitest';
import { sameName } from '../../core/baseline/names-base.ts';
import { materialsIn, parseDockerPurl } from '../../core/baseline/provenance.ts';
import { dockerfileIn } from '../../core/baseline/provenance-source.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { formatReference, parseReference } from '../../core/oci/reference.ts';

const digest = digestOf('base');
const sha256 = digest.slice('sha256:'.length);

describe('package URLs of images', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['pkg:docker/debian@12?platform=linux%2Famd64', 'docker.io/library/debian:12', 'amd64'],
    ['pkg:docker/debian?digest=sha256:00&platform=linux%2Farm64', 'docker.io/library/debian', 'arm64'],
    ['pkg:docker/localhost:5555/library/debian@12', 'localhost:5555/library/debian:12', undefined],
    ['pkg:docker/ghcr.io/acme/base@1.2.3', 'ghcr.io/acme/base:1.2.3', undefined],
    ['pkg:docker/localhost%3A5000/base@1', 'localhost:5000/base:1', undefined],
    [`pkg:docker/debian@${digest}`, `docker.io/library/debian@${digest}`, undefined],
    ['pkg:deb/debian/openssl@3', undefined, undefined],
    ['https://github.com/acme/web', undefined, undefined],
    ['pkg:docker/%zz@1', undefined, undefined],
    ['pkg:docker/UPPER/case@1@2', undefined, undefined],
  ])('%s', (uri, reference, architecture) => {
    const parsed = parseDockerPurl(uri);
    expect(parsed && formatReference(parsed.reference)).toBe(reference);
    expect(parsed?.platform?.architecture).toBe(architecture);
  });

  it('one without a version can mean every tag of its repository', () => {
    const parsed = parseDockerPurl('pkg:docker/debian?digest=sha256:00');
    expect(parsed && sameName(parsed.reference, parseReference('debian:12'))).toBe(true);
    expect(parsed && sameName(parsed.reference, parseReference('debian-slim:12'))).toBe(false);
  });
});

describe('materials of a provenance statement', () => {
  const entry = { uri: 'pkg:docker/debian@12', digest: { sha256 } };
  it.each<[string, unknown, number]>([
    ['SLSA v0.2', { predicate: { materials: [entry] } }, 1],
    ['SLSA v1', { predicate: { buildDefinition: { resolvedDependencies: [entry] } } }, 1],
    ['the predicate alone', { materials: [entry] }, 1],
    ['one without a digest', { materials: [{ uri: entry.uri }] }, 0],
    ['one with another algorithm', { materials: [{ uri: entry.uri, digest: { sha1: 'ab' } }] }, 0],
    ['a source repository', { materials: [{ uri: 'https://github.com/acme/web', digest: { sha256 } }] }, 0],
    ['no list', { materials: 'all' }, 0],
    ['nothing', null, 0],
  ])('%s', (_, statement, count) => {
    expect(materialsIn(statement)).toHaveLength(count);
  });
});

describe('the Dockerfile in a provenance statement', () => {
  const info = (text: string) => ({ filename: 'Dockerfile', data: Buffer.from(text).toString('base64') });
  const source = { source: { infos: [info('FROM debian:12\n')] } };
  const key = 'https://mobyproject.org/buildkit@v1#metadata';
  it.each<[string, unknown, string | undefined]>([
    ['SLSA v0.2', { predicate: { metadata: { [key]: source } } }, 'FROM debian:12\n'],
    ['SLSA v1', { predicate: { runDetails: { metadata: { buildkit_metadata: source } } } }, 'FROM debian:12\n'],
    ['mode=min', { predicate: { metadata: { [key]: { vcs: {} } } } }, undefined],
    ['two of them', { predicate: { metadata: { [key]: { source: { infos: [info('a'), info('b')] } } } } }, undefined],
    ['one without text', { predicate: { metadata: { [key]: { source: { infos: [{ data: 1 }] } } } } }, undefined],
    [
      'one that is longer than any',
      { predicate: { metadata: { [key]: { source: { infos: [info('x'.repeat(1024 * 1024))] } } } } },
      undefined,
    ],
  ])('%s', (_, statement, text) => {
    expect(dockerfileIn(statement)).toBe(text);
  });
});
