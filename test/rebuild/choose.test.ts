import { expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { chooseEngine } from '../../core/rebuild/choose.ts';
import type { Engine, Suitability } from '../../core/rebuild/engine.ts';
import type { EngineName } from '../../core/rebuild/settings.ts';
import { failureOf } from '../registry/harness.ts';
import { orderOf } from './support.ts';

const order = orderOf(parseReference('registry.example/web:1'), []);
const suitable: Suitability = { kind: 'suitable' };
const noDocker: Suitability = { kind: 'unsuitable', why: 'docker is not installed', remedy: 'install it' };
const bound: Suitability = { kind: 'unsuitable', why: 'layer 2 is bound to the old base' };

function engine(name: EngineName, answer: Suitability | Error): Engine {
  return {
    name,
    suits: async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    },
    rebuild: () => Promise.reject(new Error('not asked for')),
  };
}

test.each([
  ['auto', suitable, suitable, 'buildx', 'it is available'],
  ['auto', noDocker, suitable, 'rebase', 'buildx: docker is not installed'],
  ['rebase', suitable, suitable, 'rebase', 'asked for'],
  ['buildx', suitable, bound, 'buildx', 'asked for'],
] as const)('%s takes the first that suits and says why', async (wanted, buildx, rebase, name, why) => {
  const chosen = await chooseEngine([engine('buildx', buildx), engine('rebase', rebase)], wanted, order);
  expect([chosen.engine.name, chosen.why]).toEqual([name, why]);
});

const refused = fail('unauthorised', 'registry.example/base', 'registry answered 401', 'add credentials');

test.each([
  [
    'auto',
    noDocker,
    bound,
    'missing-tool',
    'web: no engine can rebuild it: buildx: docker is not installed; rebase: layer 2 is bound to the old base; install it.',
  ],
  [
    'auto',
    noDocker,
    refused,
    'missing-tool',
    'web: no engine can rebuild it: buildx: docker is not installed; rebase: registry.example/base: registry answered 401; install it, or add credentials.',
  ],
  ['buildx', noDocker, suitable, 'missing-tool', 'web: buildx cannot rebuild it: docker is not installed; install it.'],
  ['rebase', suitable, bound, 'unsafe-rebase', 'web: rebase cannot rebuild it: layer 2 is bound to the old base.'],
  ['rebase', suitable, refused, 'unauthorised', 'registry.example/base: registry answered 401; add credentials.'],
] as const)('%s where nothing suits fails with every reason', async (wanted, buildx, rebase, code, message) => {
  const engines = [engine('buildx', buildx), engine('rebase', rebase)];
  expect(await failureOf(chooseEngine(engines, wanted, order))).toEqual({ code, message });
});

test('a defect is not taken for an unsuitable engine', async () => {
  const engines = [engine('buildx', new TypeError('defect')), engine('rebase', suitable)];
  await expect(chooseEngine(engines, 'auto', order)).rejects.toThrow(TypeError);
});
