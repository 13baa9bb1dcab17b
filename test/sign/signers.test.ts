import { describe, expect, test } from 'vitest';
import { parseReference, withDigest } from '../../core/oci/reference.ts';
import { cosign, cosignSign, cosignVariables } from '../../core/sign/cosign.ts';
import { idleRules } from '../../core/sign/rules.ts';
import type { Signer, TrustRule } from '../../core/sign/settings.ts';
import { withSigner } from '../../core/sign/signer-space.ts';
import { describeUntrusted, untrustedBases } from '../../core/sign/verify-base.ts';
import { digestNo } from '../rebuild/support.ts';
import { secrets, tools } from './programs.ts';

const image = withDigest(parseReference('ghcr.io/acme/web:1'), digestNo(1));
const base = withDigest(parseReference('debian:12'), digestNo(2));

describe('cosign', () => {
  test('signs the digest, then attests, with nothing of a secret among its arguments', async () => {
    const { context, root, read } = tools('exit 0');
    const predicate = { type: 'vuln', digest: image.digest, document: { a: 1 } };
    const key = { key: 'team.key', transparencyLog: true };
    await withSigner(context, cosign, image, cosignVariables(key.key), (signer) =>
      cosignSign(context, signer, key, [image], [predicate]),
    );
    const exact = `ghcr.io/acme/web@${image.digest}`;
    const lines = read().trim().split('\n');
    expect(lines[0]).toBe(`${root}/bin/cosign sign --yes --key ${root}/team.key ${exact}`);
    expect(lines[1]).toMatch(new RegExp(`^\\S+ attest --yes --key \\S+ --type vuln --predicate \\S+ ${exact}$`));
    expect(lines).toHaveLength(2);
    for (const secret of [...Object.values(secrets), 'ghcr-secret']) expect(read()).not.toContain(secret);
  });

  test.each([
    ['team.key', ['COSIGN_PASSWORD']],
    ['azurekms://vault/key', ['AZURE_CLIENT_SECRET']],
    ['awskms:///alias/key', ['AWS_SECRET_ACCESS_KEY']],
    ['hashivault://key', ['VAULT_TOKEN']],
    [undefined, ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']],
  ])('gets of the environment what the key %s needs, and the login of its registry alone', async (key, allowed) => {
    const { context, read } = tools('exit 0');
    const settings = { ...(key === undefined ? {} : { key }), transparencyLog: true };
    await withSigner(context, cosign, image, cosignVariables(key), (signer) =>
      cosignSign(context, signer, settings, [image], []),
    );
    const seen = Object.keys(secrets).filter((name) => read('.env').includes(`${name}=`));
    expect(seen).toEqual(allowed);
    expect(Object.keys(JSON.parse(read('.login')).auths)).toEqual(['ghcr.io']);
  });

  test('keeps out of the log with an empty signing configuration, or the option of older releases', async () => {
    const sign = async (script: string) => {
      const { context, read } = tools(script);
      await withSigner(context, cosign, image, [], (signer) =>
        cosignSign(context, signer, { transparencyLog: false }, [image], []),
      );
      return read();
    };
    expect(await sign('exit 0')).toMatch(/ sign --yes --signing-config \S+\/signing-config\.json /);
    expect(await sign('[ "$1" != signing-config ]')).toContain(' sign --yes --tlog-upload=false ');
  });

  test('that fails is told with its words', async () => {
    const { context } = tools('echo "Error: wrong password" >&2; exit 1');
    const signed = withSigner(context, cosign, image, [], (signer) =>
      cosignSign(context, signer, { transparencyLog: true }, [image], []),
    );
    await expect(signed).rejects.toThrow(
      `ghcr.io/acme/web:1@${image.digest}: cosign could not sign it: it ended with exit code 1: Error: wrong password; check the key and that it may be pushed there.`,
    );
  });

  test('that is not there is told with what to do', async () => {
    const { context } = tools('exit 0');
    const bare = { ...context, world: { ...context.world, env: { PATH: '/nowhere' } } };
    await expect(withSigner(bare, cosign, image, [], async () => 0)).rejects.toThrow(
      'cosign: is not on PATH; install cosign 2 or later, or name it with sign.path.',
    );
  });
});

describe('bases', () => {
  const byKey: Signer = { kind: 'cosign-key', key: 'base.pub', transparencyLog: true };
  const identity: Signer = { kind: 'cosign-identity', identity: 'https://me', issuer: 'https://you' };
  const notation: Signer = { kind: 'notation' };
  const rule = (signer: Signer, match = 'docker.io/library/*'): TrustRule => ({ match, signer });

  test.each([
    ['cosign', byKey, 'exit 0', undefined],
    ['cosign', byKey, 'exit 10', 'carries no signature'],
    ['cosign', byKey, 'exit 12', 'is signed, but not by a signer that policy trusts'],
    ['cosign', identity, 'exit 13', 'is signed, but not by a signer that policy trusts'],
    [
      'cosign',
      byKey,
      'echo "Error: no matching attestations: bad" >&2; exit 1',
      'is signed, but not by a signer that policy trusts',
    ],
    ['notation', notation, 'exit 0', undefined],
    [
      // The words of real notation 1.3.2 under a trust policy of level audit.
      'notation',
      notation,
      `echo 'Warning: authenticity was set to "log" and failed with error: the certificate chain has no trusted certificate' >&2; echo 'Successfully verified signature for it'`,
      'is signed, but not by a signer that policy trusts',
    ],
    ['notation', notation, 'echo "Error: no signature is associated with it" >&2; exit 1', 'carries no signature'],
    [
      'notation',
      notation,
      'echo "Error: signature verification failed for all the signatures associated" >&2; exit 1',
      'is signed, but not by a signer that policy trusts',
    ],
  ])('%s (%o) that says: %s', async (_, signer, script, fact) => {
    const { context } = tools(script);
    const untrusted = await untrustedBases(context, [rule(signer)], [base]);
    expect(untrusted.map(describeUntrusted)).toEqual(
      fact === undefined ? [] : [`debian:12 ${fact} (verify-base docker.io/library/*)`],
    );
  });

  test.each([
    [byKey, 'echo "Error: dial tcp: no route" >&2; exit 1', /cosign could not verify it: .*no route/],
    [byKey, 'kill -9 $$', /cosign could not verify it: it was ended by SIGKILL/],
    [
      notation,
      'echo "Trust policy is configured to skip signature verification for it"',
      /notation verified nothing: its trust policy skips this base; set its level to strict/,
    ],
    [notation, 'echo "Error: trust policy is not present" >&2; exit 1', /notation could not verify it/],
  ])('that could not be verified are neither trusted nor unsigned', async (signer, script, sentence) => {
    const { context } = tools(script);
    await expect(untrustedBases(context, [rule(signer)], [base])).rejects.toThrow(sentence);
  });

  test('are asked for by key, by identity, and only where a rule names them', async () => {
    const { context, root, read } = tools('exit 0');
    const other = withDigest(parseReference('cgr.dev/chainguard/node:latest'), digestNo(3));
    await untrustedBases(context, [rule(byKey), rule(identity, 'cgr.dev/**')], [base, other, image]);
    const lines = read().trim().split('\n').toSorted();
    expect(lines).toEqual([
      `${root}/bin/cosign verify --certificate-identity https://me --certificate-oidc-issuer https://you cgr.dev/chainguard/node@${other.digest}`,
      `${root}/bin/cosign verify --key ${root}/base.pub index.docker.io/library/debian@${base.digest}`,
    ]);
  });

  test('a rule that counts for none of them is known', () => {
    const rules = [rule(byKey), rule(notation, 'docker.io/library/debian'), rule(identity, 'cgr.dev/**')];
    expect(idleRules(rules, [base]).map(({ match }) => match)).toEqual(['docker.io/library/debian', 'cgr.dev/**']);
  });

  test('are verified where they are read', async () => {
    const { context, read } = tools('exit 0');
    const registry = { ...context.config.registry, mirrors: { 'docker.io': 'mirror.example/hub' } };
    const mirrored = { ...context, config: { ...context.config, registry } };
    await untrustedBases(mirrored, [rule(byKey)], [base]);
    expect(read()).toContain(` mirror.example/hub/library/debian@${base.digest}`);
  });
});
