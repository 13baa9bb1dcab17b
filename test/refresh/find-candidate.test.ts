import { expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { parseReference, type Reference } from '../../core/oci/reference.ts';
import type { BuildOrder, Engine } from '../../core/rebuild/engine.ts';
import type { Run } from '../../core/refresh/context.ts';
import { findCandidate } from '../../core/refresh/find-candidate.ts';
import type { SignSettings } from '../../core/sign/settings.ts';

const candidate = parseReference(`registry.example/acme/web:bir-c1-${'0'.repeat(64)}`);
const order = { build: { name: 'web', platforms: [] }, candidate, annotations: {}, pins: [] } as unknown as BuildOrder;
const sign: SignSettings = { tool: 'cosign', annotations: {}, transparencyLog: false, recursive: true } as never;

/** What is asked of the registry where a candidate is looked for. */
async function asked(
  engine: Partial<Engine>,
  config: Partial<Run['config']>,
  known: Parameters<typeof findCandidate>[3] = { done: digestOf('x') },
): Promise<readonly string[]> {
  const requests: string[] = [];
  const registry = {
    forget: () => {},
    manifest: async ({ digest }: Reference) => {
      requests.push(digest === undefined ? 'tag' : 'digest');
      if (digest === undefined) return { descriptor: { digest: digestOf('x') } };
      throw new Error('not there');
    },
  };
  const run = { registry, config, host: { log: () => {} } } as unknown as Run;
  const found = await findCandidate(run, order, engine as Engine, known);
  expect(found).toBeUndefined();
  return requests;
}

test('no candidate of a build is looked for where images are signed: whoever may push would have it signed', async () => {
  const build: Partial<Engine> = { name: 'buildx' };
  expect(await asked(build, { sign })).toEqual([]);
  expect(await asked(build, {})).not.toEqual([]);
});

test('one that the engine can make again is looked for, and held to what it makes', async () => {
  expect(await asked({ name: 'rebase', remakes: async () => false }, { sign })).not.toEqual([]);
});

test('one that nothing can make again is looked into only where the register of its key has it as made', async () => {
  expect(await asked({ name: 'buildx' }, {}, { made: digestOf('x') })).toEqual(['tag', 'digest']);
  expect(await asked({ name: 'buildx' }, {}, { done: digestOf('x') })).toEqual(['tag', 'digest']);
  for (const known of [{}, { made: digestOf('y') }, { made: digestOf('y'), done: digestOf('z') }]) {
    expect(await asked({ name: 'buildx' }, {}, known)).toEqual(['tag']);
  }
});
