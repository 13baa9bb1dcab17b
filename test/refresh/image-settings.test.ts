import { describe, expect, test } from 'vitest';
import type { ImageConfigEntry } from '../../core/config/model.ts';
import { engineFor, policyFor } from '../../core/config/per-image.ts';
import type { Build } from '../../core/discover/build.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { given } from '../../core/table.ts';
import { testConfig } from '../support/run.ts';

const entry = (changes: Partial<ImageConfigEntry>): ImageConfigEntry => ({
  dockerfile: 'web/Dockerfile',
  tags: [],
  platforms: [],
  args: {},
  gate: { severityThreshold: 'low' },
  engine: 'rebase',
  ...changes,
});

const build = (name: string, dockerfile: string | undefined, release = 'ghcr.io/acme/web:1'): Build => ({
  name,
  ...given('dockerfile', dockerfile),
  context: '.',
  args: {},
  contexts: {},
  platforms: [],
  releases: [parseReference(release)],
  provenance: {},
});

const image = parseReference('ghcr.io/acme/web:1');

describe('what an entry of images: says', () => {
  test.each<[string, Partial<ImageConfigEntry>, Build, boolean]>([
    ['is for its Dockerfile', {}, build('web', 'web/Dockerfile'), true],
    ['is for its Dockerfile under its name', { name: 'shop' }, build('shop', 'web/Dockerfile'), true],
    ['is not for another image of its Dockerfile', { name: 'shop' }, build('web', 'web/Dockerfile'), false],
    ['is not for another Dockerfile that has its name', { name: 'web' }, build('web', 'old/web/Dockerfile'), false],
    ['is for the image that is only scanned', { image }, build('x', undefined), true],
    [
      'is for its repository by digest',
      { image },
      build('x', undefined, `ghcr.io/acme/web@sha256:${'0'.repeat(64)}`),
      true,
    ],
    ['is for each of its tags', { image, tags: ['1', 'latest'] }, build('x', undefined, 'ghcr.io/acme/web'), true],
    ['is not for another tag', { image }, build('x', undefined, 'ghcr.io/acme/web:2'), false],
    ['is not for another repository', { image }, build('x', undefined, 'ghcr.io/acme/api:1'), false],
    ['without an image is not for one that is only scanned', {}, build('x', undefined), false],
  ])('%s', (_, changes, of, isIts) => {
    const config = testConfig('/', { images: [entry(changes)] });
    expect(policyFor(config, of)).toEqual({ ...config.gate, severityThreshold: isIts ? 'low' : 'high' });
    expect(engineFor(config, of)).toBe(isIts ? 'rebase' : 'auto');
  });
});
