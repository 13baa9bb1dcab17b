import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clear } from '../../core/gate/clear.ts';
import { type Reference, withDigest, withTag } from '../../core/oci/reference.ts';
import { snapshotReleases } from '../../core/promote/release.ts';
import { promote } from '../../core/promote.ts';
import type { BuiltImage } from '../../core/rebuild/engine.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { closeHarnesses, createHarness } from '../registry/harness.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { describeWith, program } from './setup/parts.ts';
import { run } from './setup/run.ts';

const pass = { kind: 'pass', exceptionsUsed: [], exceptionsUnused: [] } as const;

describeWith(['cosign', 'distribution'], 'a signature over what was tested', () => {
  let registry: RunningRegistry;
  let folder: string;
  let candidate: Reference & { readonly tag: string };
  const env = { PATH: process.env.PATH ?? '', HOME: '', COSIGN_PASSWORD: 'for this test only' };
  const cosign = (...args: readonly string[]) =>
    run(program('cosign', 'cosign'), args, { cwd: folder, env: { ...env, HOME: folder } });

  beforeAll(async () => {
    registry = await startDistribution();
    folder = await mkdtemp(join(tmpdir(), 'bir-cosign-'));
    candidate = withTag({ registry: registry.host, repository: 'team/web' }, 'candidate');
    expect((await cosign('generate-key-pair')).code).toBe(0);
    expect((await cosign('signing-config', 'create', '--out', 'signing.json')).code).toBe(0);
  });
  afterAll(async () => {
    await closeHarnesses();
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('made on the candidate still holds for the release tag, because the very same bytes were promoted', async () => {
    const image = makeIndex([makeImage({ layers: [await makeLayer({ app: 'web' })] })]);
    const { digest } = await pushImage({ url: `http://${registry.host}` }, 'team/web', image, candidate.tag);
    const insecure = ['--allow-http-registry', '--allow-insecure-registry'];
    const signed = `${registry.host}/team/web@${digest}`;
    const signing = ['sign', '--yes', '--key', 'cosign.key', '--signing-config', 'signing.json', ...insecure, signed];
    expect(await cosign(...signing)).toMatchObject({ code: 0 });

    const { registry: client } = createHarness();
    const built: BuiltImage = {
      reference: withDigest(candidate, digest),
      digest,
      engine: 'rebase',
      pinned: [],
      evidence: 'layers',
      durationMs: 0,
      notes: [],
    };
    const cleared = clear(built, { digest, verdict: pass }, { kind: 'pass', digest, checks: [], changes: [] });
    if (cleared === undefined) throw new Error('a pass clears');
    const release = withTag(candidate, '1');
    await promote(client, cleared, await snapshotReleases(client, [release]));

    const verify = (reference: string) =>
      cosign('verify', '--key', 'cosign.pub', '--insecure-ignore-tlog=true', ...insecure, reference);
    expect(await verify(`${registry.host}/team/web:1`)).toMatchObject({ code: 0 });
    await pushImage({ url: `http://${registry.host}` }, 'team/web', makeImage({ layers: [] }), 'unsigned');
    expect((await verify(`${registry.host}/team/web:unsigned`)).code).not.toBe(0);
  });

  test('goes along to a release in another repository of a registry without the referrers API', async () => {
    const staged = withTag({ registry: registry.host, repository: 'staging/web' }, 'candidate');
    const image = makeIndex([makeImage({ layers: [await makeLayer({ app: 'staged' })] })]);
    const { digest } = await pushImage({ url: `http://${registry.host}` }, 'staging/web', image, staged.tag);
    const insecure = ['--allow-http-registry', '--allow-insecure-registry'];
    const subject = `${registry.host}/staging/web@${digest}`;
    const key = ['--yes', '--key', 'cosign.key', '--signing-config', 'signing.json', ...insecure];
    expect(await cosign('sign', ...key, subject)).toMatchObject({ code: 0 });
    await writeFile(join(folder, 'predicate.json'), '{"passed":true}');
    const predicate = ['--predicate', 'predicate.json', '--type', 'custom'];
    expect(await cosign('attest', ...key, ...predicate, subject)).toMatchObject({ code: 0 });

    const { registry: client } = createHarness();
    const built: BuiltImage = {
      reference: withDigest(staged, digest),
      digest,
      engine: 'rebase',
      pinned: [],
      evidence: 'layers',
      durationMs: 0,
      notes: [],
    };
    const cleared = clear(built, { digest, verdict: pass }, { kind: 'pass', digest, checks: [], changes: [] });
    if (cleared === undefined) throw new Error('a pass clears');
    const release = withTag({ registry: registry.host, repository: 'team/released' }, '1');
    const { referrers } = await promote(client, cleared, await snapshotReleases(client, [release]));
    expect(referrers).toBe(2);

    const verify = [...insecure, '--key', 'cosign.pub', '--insecure-ignore-tlog=true'];
    const name = `${registry.host}/team/released:1`;
    expect(await cosign('verify', ...verify, name)).toMatchObject({ code: 0 });
    expect(await cosign('verify-attestation', ...verify, '--type', 'custom', name)).toMatchObject({ code: 0 });
  });
});
