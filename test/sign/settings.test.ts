import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

async function configured(file: string, inputs: Readonly<Record<string, string>> = {}) {
  const root = repository({ '.base-image-refresh.yml': file });
  const world = createWorld({ cwd: root });
  const { sign, trust } = await loadConfig(
    recordingHost({ command: 'refresh', path: root, allow: 'sign-key, sign-plugin', ...inputs }),
    world,
  );
  await world.close();
  return { sign, trust, root };
}

const refusal = (file: string, inputs = {}) =>
  configured(file, inputs).then(
    () => 'taken',
    (error: Error) => error.message,
  );

describe('sign', () => {
  test('is off where nothing is said', async () => {
    expect(await configured('')).toMatchObject({ sign: undefined, trust: [] });
  });

  test('signs without a key, in the public log, with our record and the scan, where only the tool is named', async () => {
    const { sign } = await configured('sign: { tool: cosign }');
    expect(sign).toEqual({ tool: 'cosign', transparencyLog: true, recursive: true, attestations: ['record', 'scan'] });
  });

  test('takes key files of the configuration from its folder, and those of options from where they are typed', async () => {
    expect((await configured('sign: { tool: cosign, key: keys/team.key }')).sign?.key).toBe('keys/team.key');
    const { sign, root } = await configured('', { sign: 'cosign', 'sign-key': 'team.key' });
    expect(sign?.key).toBe(`${root}/team.key`);
    const kms = 'azurekms://vault.example/keys/team';
    expect((await configured('', { sign: 'cosign', 'sign-key': kms })).sign?.key).toBe(kms);
  });

  test.each([
    ['none', []],
    ['sbom', ['sbom']],
    ['record, sbom', ['record', 'sbom']],
  ])('attests %s', async (attest, attestations) => {
    expect((await configured('', { sign: 'cosign', attest })).sign?.attestations).toEqual(attestations);
  });

  test.each([
    ['sign: { tool: gpg }', /gpg.*cosign/],
    ['sign: { tool: cosign, attest: [everything] }', /everything.*use record, scan, vsa, sbom or none/],
    ['sign: { tool: cosign, plugin: azure-kv }', /is for notation; name a KMS in sign-key/],
    ['sign: { tool: notation, plugin: azure-kv }', /names no key/],
    ['verify-base: [{ key: a.pub }]', /match/],
    ['verify-base: [{ match: "**" }]', /does not say which signer to trust; give a key, or identity and issuer/],
    ['verify-base: [{ match: "**", identity: me }]', /does not say which signer to trust/],
    ['verify-base: [{ match: "**", key: a.pub, identity: me, issuer: you }]', /stands beside a key/],
    ['verify-base: [{ match: "**", tool: notation, key: a.pub }]', /is not for notation/],
    [
      'verify-base: [{ match: debian, tool: notation }]',
      /match "debian" names no registry and would fit nothing; write docker\.io\/library\/debian,/,
    ],
    ['verify-base: [{ match: library/debian, tool: notation }]', /write docker\.io\/library\/debian,/],
  ])('%s is a usage error', async (file, sentence) => {
    expect(await refusal(file)).toMatch(sentence);
  });

  test.each([
    ['docker.io/debian', 'docker.io/library/debian'],
    ['docker.io/*', 'docker.io/library/*'],
    ['index.docker.io/library/*', 'docker.io/library/*'],
    ['index.docker.io/**', 'docker.io/**'],
    ['docker.io/bitnami/*', 'docker.io/bitnami/*'],
    ['localhost/*', 'localhost/*'],
    ['registry:5000/*', 'registry:5000/*'],
    ['*/library/*', '*/library/*'],
  ])('reads the pattern %s as %s', async (match, canonical) => {
    const { trust } = await configured(`verify-base: [{ match: '${match}', tool: notation }]`);
    expect(trust.map((rule) => rule.match)).toEqual([canonical]);
  });

  test('reads which signers to trust for which bases', async () => {
    const { trust } = await configured(`verify-base:
  - { match: 'docker.io/library/*', key: team.pub, transparency-log: false }
  - { match: 'cgr.dev/**', identity: 'https://github.com/a/b', issuer: 'https://issuer.example' }
  - { match: 'quay.io/**', key: logged.pub }
  - { match: '**', tool: notation }
`);
    expect(trust).toEqual([
      { match: 'docker.io/library/*', signer: { kind: 'cosign-key', key: 'team.pub', transparencyLog: false } },
      {
        match: 'cgr.dev/**',
        signer: {
          kind: 'cosign-identity',
          identity: 'https://github.com/a/b',
          issuer: 'https://issuer.example',
        },
      },
      { match: 'quay.io/**', signer: { kind: 'cosign-key', key: 'logged.pub', transparencyLog: true } },
      { match: '**', signer: { kind: 'notation' } },
    ]);
  });
});
