import { afterEach, expect, test } from 'vitest';
import { withDigest } from '../../core/oci/reference.ts';
import type { SignerName, SignSettings } from '../../core/sign/settings.ts';
import { signerDefinitions } from '../../core/sign/signers.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { at, closeAll, createHarness, start } from '../registry/harness.ts';
import { tools } from './programs.ts';

afterEach(closeAll);

/** The digests that a program is asked to sign of an index of two platforms, by name. */
async function signedOf(tool: SignerName, recursive: boolean): Promise<readonly string[]> {
  const server = await start();
  const layers = [await makeLayer({ a: 'b' })];
  const children = ['amd64', 'arm64'].map((architecture) =>
    makeImage({ layers, platform: { os: 'linux', architecture } }),
  );
  const { digest } = await pushImage(server.store, 'acme/web', makeIndex(children), '1');
  const { context, read } = tools('exit 0');
  const settings: SignSettings = { tool, transparencyLog: true, recursive, attestations: [] };
  const { registry } = createHarness();
  const image = withDigest(at(server, 'acme/web', '1'), digest);
  await signerDefinitions[tool].sign({ ...context, registry }, settings, image, []);
  const names = new Map([
    [digest, 'index'],
    ...children.map(({ descriptor }, at) => [descriptor.digest, `platform ${at + 1}`] as const),
  ]);
  return [...read().matchAll(/@(sha256:[0-9a-f]{64})/g)].map(([, signed]) => names.get(signed as never) ?? `${signed}`);
}

test.each(['cosign', 'notation'] as const)('%s signs an index and each of its manifests', async (tool) => {
  expect(await signedOf(tool, true)).toEqual(['index', 'platform 1', 'platform 2']);
});

test.each(['cosign', 'notation'] as const)('%s signs the index alone where that is asked for', async (tool) => {
  expect(await signedOf(tool, false)).toEqual(['index']);
});
