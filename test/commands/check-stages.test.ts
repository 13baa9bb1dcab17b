import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const dockerfile = 'FROM {host}/library/go:1 AS b\nRUN true\nFROM {host}/library/alpine:3\nCOPY --from=b /a /a\n';
const bare = async (content: string) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] });

/** An image that names its runtime base and nothing of its build stage, which has moved. */
async function shop({ runtimeMoved = false, file = dockerfile } = {}) {
  const [go, alpine] = [await bare('go'), await bare('alpine')];
  await pushImage(server.store, 'library/go', go, '1');
  await pushImage(server.store, 'library/alpine', alpine, '3');
  const annotations = {
    [annotationKeys.baseName]: `${server.host}/library/alpine:3`,
    [annotationKeys.baseDigest]: alpine.descriptor.digest,
  };
  await pushImage(server.store, 'team/web', makeImage({ base: alpine, annotations }), '1');
  await pushImage(server.store, 'library/go', await bare('go 2'), '1');
  if (runtimeMoved) await pushImage(server.store, 'library/alpine', await bare('alpine 2'), '3');
  return openShop(server, { Dockerfile: file });
}

const runtime = { 'stale-bases': 'runtime' };

describe('a build stage that nothing records', () => {
  it('makes an image unrecorded, and neither stale nor current', async () => {
    const { image, printed, report, ended } = await (await shop()).check({ 'fail-on': 'stale' });
    expect([image.verdict, ...image.bases.map(({ verdict }) => verdict)]).toEqual([
      'unrecorded',
      'unrecorded',
      'current',
    ]);
    expect(printed).toContain('1 image: 1 with build stages that nothing records.');
    expect(report.totals).toMatchObject({ current: 0, stale: 0, unrecorded: 1, unknown: 0 });
    expect(ended).toBe('policy-failed');
  });

  it('is a reason to rebuild once, so that there is a record', async () => {
    const { image } = await (await shop()).plan();
    expect(image.plan).toMatchObject({ action: 'rebuild' });
  });

  it('hides no runtime base that moved', async () => {
    const { image } = await (await shop({ runtimeMoved: true })).check();
    expect(image.verdict).toBe('stale');
  });
});

describe('stale-bases: runtime', () => {
  it('leaves build stages out of the verdict and of the plan', async () => {
    const opened = await shop();
    const { image, ended } = await opened.check({ ...runtime, 'fail-on': 'stale' });
    expect([image.verdict, ended]).toEqual(['current', 'succeeded']);
    expect(image.bases.map(({ verdict }) => verdict)).toEqual(['unrecorded', 'current']);
    const planned = await opened.plan(runtime);
    expect(planned.image.plan).toMatchObject({ action: 'skip', because: ['its runtime base is current'] });
  });

  it('still finds the runtime base that moved', async () => {
    const { image } = await (await shop({ runtimeMoved: true })).plan(runtime);
    expect(image.verdict).toBe('stale');
    expect(image.plan?.because).toEqual([expect.stringMatching(/library\/alpine:3 moved/)]);
  });

  it('counts every base of an image that keeps the layers of none', async () => {
    const file = dockerfile.replace('FROM {host}/library/alpine:3', 'FROM scratch');
    const { image } = await (await shop({ file })).check(runtime);
    expect(image.verdict).toBe('unrecorded');
  });
});
