import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePlatform } from '../../core/oci/platform.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { update } from '../update/update-run.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { describeWith } from './setup/parts.ts';

async function publish(registry: RunningRegistry, tag: string, content: string, platforms: readonly string[]) {
  const layer = await makeLayer({ content });
  const images = platforms.map((text) => {
    const platform = parsePlatform(text);
    return makeImage({ layers: [layer], ...(platform === undefined ? {} : { platform }) });
  });
  return pushImage({ url: `http://${registry.host}` }, 'library/node', makeIndex(images), tag);
}

describeWith(['distribution'], 'update on CNCF Distribution', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startDistribution();
    const both = ['linux/amd64', 'linux/arm64'];
    for (let patch = 0; patch < 30; patch += 1) await publish(registry, `20.10.${patch}`, 'old', both);
    await publish(registry, '20.11.0', 'next', both);
    await publish(registry, '20.12.0', 'amd64 only', ['linux/amd64']);
  });
  afterAll(() => registry.stop());

  test('finds the newest tag for all platforms, and a second run has nothing to do', async () => {
    const files = { Dockerfile: 'ARG NODE=20.10.7\r\nFROM node:${NODE} AS build\r\n' };
    const inputs = { format: 'json', platform: 'linux/amd64,linux/arm64', 'pin-digests': 'true' };
    const shown = await update(registry, files, inputs);
    expect(shown.document).toMatchObject({
      updates: [{ from: 'docker.io/library/node:20.10.7', kind: 'minor' }],
      held: [{ to: 'docker.io/library/node:20.12.0', missing: ['linux/arm64'] }],
      failures: [],
    });
    execFileSync('git', ['apply', '.base-image-refresh/update.patch'], { cwd: shown.root });
    const { digest } = await publish(registry, '20.11.0', 'next', ['linux/amd64', 'linux/arm64']);
    expect(shown.file('Dockerfile')).toBe(`ARG NODE=20.11.0\r\nFROM node:\${NODE}@${digest} AS build\r\n`);
    const again = await update(registry, {}, { ...inputs, write: 'true' }, { root: shown.root });
    expect(again.document).toMatchObject({ updates: [], written: [], pins: [{ state: 'current' }] });
  });

  test('tells a pin that vanished from one that is behind', async () => {
    const { digest: first } = await publish(registry, '18.0.0', 'first', ['linux/amd64']);
    const { digest: second } = await publish(registry, '18.0.0', 'second', ['linux/amd64']);
    const gone = `sha256:${'0'.repeat(64)}`;
    const files = { Dockerfile: `FROM node:18.0.0@${first}\nFROM node:18.0.0@${gone}\n` };
    const ended = await update(registry, files, { format: 'json', platform: 'linux/amd64', write: 'true' });
    expect(ended.document.pins).toMatchObject([{ state: 'moved' }, { state: 'vanished' }]);
    expect(ended.file('Dockerfile')).toBe(`FROM node:18.0.0@${second}\nFROM node:18.0.0@${second}\n`);
  });
});
