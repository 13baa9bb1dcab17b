import { describe, expect, test } from 'vitest';
import { parseReference } from '../../../core/oci/reference.ts';
import { pinningOf } from '../../../core/rebuild/buildx/pinning.ts';
import type { Pin } from '../../../core/rebuild/engine.ts';
import { failureOf } from '../../registry/harness.ts';
import { baseOf, digestNo, orderOf, pinOf } from '../support.ts';

const image = parseReference('registry.example/web:1');
const direct = { mirrors: {}, insecureHosts: [] };
const digest = digestNo(2);
const old = digestNo(1);

function pinning(
  pins: readonly Pin[],
  dockerfile = 'FROM x\n',
  contexts = {},
  routes: Parameters<typeof pinningOf>[2] = direct,
) {
  return pinningOf(orderOf(image, pins, { build: { contexts } }), dockerfile, routes);
}

test.each([
  ['debian:12', 'debian:12', `docker.io/library/debian@${digest}`],
  ['debian', 'debian', `docker.io/library/debian@${digest}`],
  ['debian:latest', 'debian', `docker.io/library/debian@${digest}`],
  ['docker.io/library/debian:12', 'debian:12', `docker.io/library/debian@${digest}`],
  ['bitnami/redis', 'bitnami/redis', `docker.io/bitnami/redis@${digest}`],
  [`debian:12@${old}`, `debian:12@${old}`, `docker.io/library/debian@${digest}`],
  [`debian@${old}`, `debian@${old}`, `docker.io/library/debian@${digest}`],
  [
    'registry.example:5000/team/base:1',
    'registry.example:5000/team/base:1',
    `registry.example:5000/team/base@${digest}`,
  ],
])('FROM %s is looked up as %s', (expanded, key, target) => {
  const { contexts, args, policy } = pinning([pinOf(baseOf(expanded), digest)]);
  expect([...contexts]).toEqual([[key, `docker-image://${target}`]]);
  expect([[...args], policy]).toEqual([[], undefined]);
});

test('an image of several stages is pinned once', () => {
  const pins = [
    pinOf(baseOf('debian:12', { stage: 'build', runtime: false }), digest),
    pinOf(baseOf('debian:12'), digest),
  ];
  expect(pinning(pins).contexts.size).toBe(1);
});

test('one name cannot be two images', async () => {
  const pins = [pinOf(baseOf('debian:12'), digest), pinOf(baseOf('docker.io/library/debian:12'), old)];
  const failed = await failureOf(Promise.resolve().then(() => pinning(pins)));
  expect(failed.code).toBe('config');
  expect(failed.message).toContain(
    `web: its base debian:12 is to be taken from docker-image://docker.io/library/debian@${digest}`,
  );
});

test('the candidate of a parent takes the place of its release', () => {
  const pin: Pin = {
    base: baseOf('registry.example/team/base:1'),
    digest,
    source: parseReference(`registry.example/team/base:bir-1@${digest}`),
  };
  expect([...pinning([pin]).contexts.values()]).toEqual([`docker-image://registry.example/team/base@${digest}`]);
});

test('what was compared at a mirror is pulled from there', () => {
  const routes = { mirrors: { 'docker.io': 'mirror.example:5000/hub' }, insecureHosts: [] };
  const { contexts } = pinning([pinOf(baseOf('debian:12'), digest)], 'FROM debian:12\n', {}, routes);
  expect([...contexts]).toEqual([['debian:12', `docker-image://mirror.example:5000/hub/library/debian@${digest}`]]);
});

test('a frontend is pinned by the build argument that overrides it', () => {
  const pin = pinOf(baseOf('docker/dockerfile:1', { via: 'syntax', stage: null, runtime: false }), digest);
  const { contexts, args } = pinning([pin]);
  expect([...args]).toEqual([['BUILDKIT_SYNTAX', `docker.io/docker/dockerfile@${digest}`]]);
  expect(contexts.size).toBe(0);
});

describe('a stage of the same name as its image', () => {
  test.each(['FROM debian AS debian\n', 'from debian \\\n  as Debian\nRUN x\n'])(
    '%j is pinned by policy: a context would replace the stage',
    (dockerfile) => {
      const { contexts, policy } = pinning([pinOf(baseOf('debian', { stage: 'debian' }), digest)], dockerfile);
      expect(contexts.size).toBe(0);
      expect(JSON.parse(policy ?? '')).toEqual({
        rules: [
          {
            action: 'CONVERT',
            selector: { identifier: 'docker-image://docker.io/library/debian:latest', matchType: 'EXACT' },
            updates: { identifier: `docker-image://docker.io/library/debian@${digest}` },
          },
        ],
      });
    },
  );

  test('a tag keeps them apart', () => {
    const { contexts, policy } = pinning([pinOf(baseOf('debian:12'), digest)], 'FROM debian:12 AS debian\n');
    expect([contexts.size, policy]).toEqual([1, undefined]);
  });
});

describe('contexts that the build has of its own', () => {
  const contexts = { base: 'docker-image://debian:12', assets: './assets' };
  const pinned = { base: `docker-image://docker.io/library/debian@${digest}`, assets: './assets' };

  test('stay, and one that is a base is pinned under its name', () => {
    const base = baseOf('debian:12', { raw: 'base', expanded: 'base' });
    const found = pinning([pinOf(base, digest)], 'FROM base\n', contexts).contexts;
    expect(Object.fromEntries(found)).toEqual(pinned);
  });

  test('do not keep the same image from being pinned where it is named itself', () => {
    const base = baseOf('debian:12', { raw: 'base', expanded: 'base', stage: 'build' });
    const pins = [pinOf(base, digest), pinOf(baseOf('debian:12'), digest)];
    const found = pinning(pins, 'FROM base AS build\nFROM debian:12\n', contexts).contexts;
    expect(Object.fromEntries(found)).toEqual({ ...pinned, 'debian:12': pinned.base });
  });

  test('that take the place of a stage stay in its place', () => {
    const base = baseOf('debian:12', { raw: 'golang:1', expanded: 'golang:1', stage: 'build' });
    const found = pinning([pinOf(base, digest)], 'FROM golang:1 AS build\n', {
      build: 'docker-image://debian:12',
    }).contexts;
    expect(Object.fromEntries(found)).toEqual({ build: pinned.base });
  });
});
