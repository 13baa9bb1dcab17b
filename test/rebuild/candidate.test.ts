import { expect, test } from 'vitest';
import { parseReference } from '../../core/oci/reference.ts';
import { candidateAnnotations, candidateFor } from '../../core/rebuild/candidate.ts';
import { baseOf, digestNo, pinOf } from './support.ts';

const world = { now: () => new Date('2026-11-21T07:08:09.123Z'), randomHex: (bytes: number) => 'ab'.repeat(bytes) };

test.each([
  ['registry.example/team/web:1.2', 'registry.example/team/web', 'bir-1.2-20261121070809-abababab'],
  ['registry.example/team/web', 'registry.example/team/web', 'bir-latest-20261121070809-abababab'],
  [`web@${digestNo(1)}`, 'docker.io/library/web', 'bir-latest-20261121070809-abababab'],
])('the candidate of %s stands beside it under a tag of its own', (release, repository, tag) => {
  const candidate = candidateFor(parseReference(release), world);
  expect(candidate).toEqual({ ...parseReference(`${repository}:${tag}`) });
});

test('a candidate tag keeps the grammar of tags, whatever the release tag', () => {
  const { tag } = candidateFor({ registry: 'r.example', repository: 'web', tag: '9'.repeat(128) }, world);
  expect(tag).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
});

test('every base that is used is recorded, and the runtime base in the annotations of OCI', () => {
  const pins = [
    pinOf(baseOf('golang:1.22', { runtime: false, stage: 'build' }), digestNo(1)),
    pinOf(baseOf('golang:1.22', { runtime: false, stage: 'test', reachable: false }), digestNo(1)),
    pinOf(baseOf('debian:12'), digestNo(2)),
    pinOf(baseOf('alpine:3', { runtime: false, reachable: false }), digestNo(3)),
  ];
  expect(candidateAnnotations(pins)).toEqual({
    'org.opencontainers.image.base.name': 'docker.io/library/debian:12',
    'org.opencontainers.image.base.digest': digestNo(2),
    'dev.base-image-refresh.bases': JSON.stringify([
      { reference: 'docker.io/library/golang:1.22', digest: digestNo(1) },
      { reference: 'docker.io/library/debian:12', digest: digestNo(2) },
    ]),
  });
});

test('the name of a pinned base is the tag to ask for its next version', () => {
  const pinned = candidateAnnotations([pinOf(baseOf(`debian:12@${digestNo(7)}`), digestNo(7))]);
  expect(pinned['org.opencontainers.image.base.name']).toBe('docker.io/library/debian:12');
  const digestOnly = candidateAnnotations([pinOf(baseOf(`debian@${digestNo(7)}`), digestNo(7))]);
  expect(digestOnly['org.opencontainers.image.base.name']).toBe(`docker.io/library/debian@${digestNo(7)}`);
});

test('an image on scratch has no base to name', () => {
  expect(candidateAnnotations([])).toEqual({ 'dev.base-image-refresh.bases': '[]' });
});
