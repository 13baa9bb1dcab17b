import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { signerFindings, signersAtHand } from '../../core/doctor/environment/signer.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { createSettings } from '../../core/settings/create-settings.ts';
import type { InputDefinition } from '../../core/settings/input.ts';
import { complain } from '../../core/settings/value.ts';
import { trustRuleKeys } from '../../core/sign/config.ts';
import { signInputs } from '../../core/sign/inputs.ts';
import type { SigningSubject } from '../../core/sign/predicates.ts';
import { readSigning } from '../../core/sign/read-settings.ts';
import { type Signer, type SignerName, type SignSettings, signers } from '../../core/sign/settings.ts';
import { signImage } from '../../core/sign/sign-image.ts';
import { type SignerDefinition, signerDefinitions } from '../../core/sign/signers.ts';
import { verifierOf } from '../../core/sign/verifier.ts';
import { namesOf } from '../../core/table.ts';
import { createWorld } from '../../core/world.ts';
import { read } from '../doctor/support.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

const name = 'wax' as SignerName;
const image = { registry: 'r.example', repository: 'app', digest: digestOf('app') };

function waxThat(signed: unknown[] = []): SignerDefinition {
  return {
    program: { name, remedy: 'melt some' },
    version: ['--colour'],
    keyMayBeFile: true,
    checkPlugin: (plugin) => {
      throw complain(plugin, 'does not melt', 'leave it out');
    },
    sign: async (_context, { key }, of, predicates) => void signed.push([key, of, predicates]),
    countOwn: async (_context, _settings, images) => images.map(() => 0),
    trust: () => ({ kind: 'notation' }),
  };
}

const table = { ...signerDefinitions, wax: waxThat() };

function worldOf() {
  const root = repository({ 'bin/.keep': '' });
  writeFileSync(join(root, 'bin/wax'), '#!/bin/sh\n[ "$1" = --colour ] && echo "Version: 1.2.3"\n', { mode: 0o755 });
  const world = createWorld({ cwd: root });
  onTestFinished(() => world.close());
  return { ...world, env: { PATH: join(root, 'bin') } };
}

test('the choices of input and file are the names in the table', () => {
  expect(signInputs[0].kind).toEqual({ choice: ['none', ...namesOf(signerDefinitions)] });
  expect(trustRuleKeys.tool?.shape).toMatchObject({ input: { kind: { choice: namesOf(signerDefinitions) } } });
  expect([...signers]).toEqual(namesOf(signerDefinitions));
});

test('a signer that joins the table is read with its key, and refuses a plugin in its own words', () => {
  const world = worldOf();
  const settings = (inputs: Readonly<Record<string, string>>) => {
    const widened: readonly InputDefinition[] = signInputs.map((input) =>
      input.name === 'sign' ? { ...input, kind: { choice: [...input.kind.choice, name] } } : input,
    );
    return createSettings(recordingHost(inputs), undefined, widened as unknown as typeof signInputs);
  };
  const { sign } = readSigning(settings({ sign: 'wax', 'sign-key': 'red.wax' }), undefined, world, table);
  expect(sign).toMatchObject({ tool: 'wax', key: join(world.cwd, 'red.wax') });
  const withPlugin = settings({ sign: 'wax', 'sign-key': 'red.wax', 'sign-plugin': 'stove' });
  expect(() => readSigning(withPlugin, undefined, world, table)).toThrow('does not melt; leave it out');
});

test('it signs', async () => {
  const signed: unknown[] = [];
  const settings: SignSettings = { tool: name, key: 'red', transparencyLog: false, recursive: true, attestations: [] };
  const judged = { built: { reference: image } } as SigningSubject;
  const context = { world: worldOf() } as unknown as Parameters<typeof signImage>[0];
  const signature = await signImage(context, settings, judged, async () => [], {
    ...table,
    ...{ wax: waxThat(signed) },
  });
  expect(signature).toEqual({ tool: 'wax', key: 'red', attestations: [] });
  expect(signed).toEqual([['red', image, []]]);
});

test('doctor looks for its program', async () => {
  const sign: SignSettings = { tool: name, transparencyLog: false, recursive: true, attestations: [] };
  const facts = await signersAtHand(worldOf(), { sign, trust: [], trustAttested: [] }, table);
  expect(read(signerFindings(facts))).toEqual(['ok wax: 1.2.3, needed to sign images']);
});

test.each<[Signer, SignerName]>([
  [{ kind: 'notation' }, 'notation'],
  [{ kind: 'cosign-key', key: 'k', transparencyLog: true }, 'cosign'],
  [{ kind: 'cosign-identity', identity: 'me', issuer: 'you' }, 'cosign'],
])('what $kind signed is verified by the program of the table', (signer, program) => {
  expect(verifierOf(signer).program).toBe(signerDefinitions[program].program);
});
