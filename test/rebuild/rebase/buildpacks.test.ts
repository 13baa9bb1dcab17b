import { afterEach, beforeEach, expect, test } from 'vitest';
import { withDigest } from '../../../core/oci/reference.ts';
import { rebaseEngine } from '../../../core/rebuild/rebase.ts';
import { debianBase } from '../../../testing/debian.ts';
import { type Image, makeImage, makeLayer } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import type { TestRegistry } from '../../../testing/registry.ts';
import { at, closeAll, createHarness, start } from '../../registry/harness.ts';
import { baseOf, orderOf, pinOf } from '../support.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await start();
});
afterEach(closeAll);

const epoch = '1980-01-01T00:00:01Z';
const stack = { 'io.buildpacks.stack.id': 'acme.stack', 'io.buildpacks.stack.mixins': '["curl"]' };

/** A run image with settings in its history, as builders of run images leave them. */
async function runImage(version: 'v1' | 'v2', labels: Readonly<Record<string, string>> = {}): Promise<Image> {
  const settings = { created: epoch, created_by: 'ENV CNB_USER_ID=1000', empty_layer: true } as const;
  const own = { 'io.buildpacks.base.distro.version': version, ...labels };
  return makeImage({ base: await debianBase(version), config: { Labels: own }, history: [settings] });
}

interface Made {
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: readonly string[];
  readonly madeBy?: string;
  readonly fresh?: Image;
  readonly name?: string;
}

/** What the rebase engine says of an image as the lifecycle leaves it, and its labels and history once it is rebased. */
async function rebased({ labels = {}, env = ['CNB_PLATFORM_API=0.12'], madeBy, fresh, name = 'base/run' }: Made = {}) {
  const old = await runImage('v1');
  const layers = [await makeLayer({ 'layers/node/x': 'x' }), await makeLayer({ 'layers/sbom/x': '{}' })];
  const metadata = {
    app: layers.map(({ diffId }) => ({ sha: diffId })),
    runImage: {
      topLayer: old.layers.at(-1)?.diffId,
      reference: `${server.host}/base/run@${old.descriptor.digest}`,
      image: `${server.host}/${name}:1`,
    },
  };
  const config = { Env: env, Labels: { ...labels, 'io.buildpacks.lifecycle.metadata': JSON.stringify(metadata) } };
  const whole = makeImage({ base: old, layers, config });
  // It takes over the entries of layers alone, and writes what made its own.
  const made = [madeBy ?? "Layer: 'node', Created by buildpack: acme/node@1.2.3", 'Software Bill-of-Materials'];
  const below = old.config.document.history.filter((entry) => entry.empty_layer !== true);
  const history = [...below, ...made.map((created_by) => ({ created: epoch, created_by }))];
  const bytes = Buffer.from(JSON.stringify({ ...whole.config.document, history }));
  const descriptor = server.store.putBlob('team/web', bytes, whole.config.descriptor.mediaType);
  const manifest = Buffer.from(JSON.stringify({ ...JSON.parse(whole.bytes.toString()), config: descriptor }));
  const placed = server.store.putBlob('team/web', manifest);
  const image: Image = {
    ...whole,
    bytes: manifest,
    descriptor: { ...whole.descriptor, digest: placed.digest, size: placed.size },
    config: { ...whole.config, bytes, descriptor },
  };
  const before = await pushImage(server.store, 'base/run', old);
  const after = await pushImage(server.store, 'base/run', fresh ?? (await runImage('v2')), '1');
  const { digest } = await pushImage(server.store, 'team/web', image, '1');
  const { registry, world } = createHarness();
  const engine = rebaseEngine({ world, registry, policy: 'when-safe' });
  const reference = at(server, 'team/web', '1');
  const pin = pinOf(baseOf(`${server.host}/base/run:1`), after.digest, before.digest);
  const published = { reference, manifest: await registry.manifest(withDigest(reference, digest)) };
  const order = orderOf(reference, [pin], { published, build: { dockerfile: undefined } });
  const answer = await engine.suits(order);
  if (answer.kind === 'unsuitable') return { why: answer.why };
  const { reference: candidate } = await engine.rebuild(order);
  const { config: found } = await registry.config(candidate, await registry.manifest(candidate));
  return { labels: found.Labels as Readonly<Record<string, string>>, digest: after.digest };
}

const sameVersion = { 'io.buildpacks.base.distro.version': 'v1' };
const sameBase = (labels: Readonly<Record<string, string>> = {}) => runImage('v2', { ...sameVersion, ...labels });

test('an image as the lifecycle leaves it is rebased, and its metadata names the new run image as the lifecycle writes it', async () => {
  const fresh = await sameBase({ 'io.buildpacks.base.released': '2026-12-01' });
  const { labels = {}, digest, why } = await rebased({ fresh });
  expect(why).toBeUndefined();
  expect(JSON.parse(labels['io.buildpacks.lifecycle.metadata'] ?? '').runImage).toEqual({
    topLayer: fresh.layers.at(-1)?.diffId,
    reference: `${server.host}/base/run@${digest}`,
    image: `${server.host}/base/run:1`,
  });
  expect(labels['io.buildpacks.base.released']).toBe('2026-12-01');
});

test.each<[string, Made, string]>([
  [
    'another version of the distribution',
    {},
    'the label io.buildpacks.base.distro.version of its run image changed (buildpacks)',
  ],
  [
    'an image that says it must not',
    { labels: { 'io.buildpacks.rebasable': 'false' } },
    'its label io.buildpacks.rebasable is "false" (buildpacks)',
  ],
  [
    'a layer that an extension made by RUN',
    { madeBy: "Layer: 'RUN apt-get install -y curl', Created by extension: acme/curl" },
    'which is not understood (history)',
  ],
  ['a run image of another name', { name: 'base/other' }, 'base/run is none of them (buildpacks)'],
  [
    'another stack, of an older platform',
    { labels: stack, env: ['CNB_PLATFORM_API=0.11'] },
    'its stack is acme.stack, and that of its run image not named (buildpacks); its run image no longer has the mixins curl (buildpacks)',
  ],
])('%s is refused', async (_, made, why) => {
  const fresh =
    made.labels === undefined && made.madeBy === undefined && made.name === undefined ? undefined : await sameBase();
  expect((await rebased({ ...made, ...(fresh === undefined ? {} : { fresh }) })).why).toContain(why);
});
