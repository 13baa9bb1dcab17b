import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Build } from '../../core/discover/build.ts';
import { builderFindings, buildersAtHand } from '../../core/doctor/environment/builders.ts';
import type { Examination } from '../../core/doctor/examination.ts';
import { tryEngines } from '../../core/rebuild/choose.ts';
import type { BuildOrder, Engine } from '../../core/rebuild/engine.ts';
import {
  createEngines,
  type EngineDefinition,
  type EngineParts,
  engineDefinitions,
} from '../../core/rebuild/engines.ts';
import { engineInputs } from '../../core/rebuild/inputs.ts';
import { type EngineName, engineNames } from '../../core/rebuild/settings.ts';
import { namesOf } from '../../core/table.ts';
import { createWorld } from '../../core/world.ts';
import { engineTable } from '../../scripts/generate/families.ts';
import { read } from '../doctor/support.ts';
import { repository } from '../hosts/repository.ts';

const name = 'kiln' as EngineName;
const kiln: EngineDefinition = {
  needs: 'clay',
  does: 'burns',
  proof: 'ashes',
  makes: 'build',
  create: (): Engine => ({
    name,
    suits: async () => ({ kind: 'suitable', why: 'it is hot' }),
    rebuild: async () => Promise.reject(new Error('not here')),
  }),
  version: ['--heat'],
};
const table = { kiln, ...engineDefinitions };
const order = { build: { name: 'app' } as Build } as BuildOrder;

test('the choices are the names in the table, and auto', () => {
  expect([...engineNames].sort()).toEqual([...namesOf(engineDefinitions)].sort());
  expect(engineInputs[0].kind).toEqual({ choice: ['auto', ...engineNames] });
});

test('an engine that joins the table is created in its place and chosen, by auto and by its name', async () => {
  const world = createWorld({ cwd: '/' });
  onTestFinished(() => world.close());
  const engines = createEngines({ world } as Partial<EngineParts> as EngineParts, table);
  expect(engines.map((engine) => engine.name)).toEqual(namesOf(table));
  for (const wanted of ['auto', name] as const) {
    expect(await tryEngines(engines, wanted, order)).toMatchObject({ kind: 'chosen', engine: { name } });
  }
});

test('doctor asks its program for its version', async () => {
  const root = repository({ 'bin/.keep': '' });
  writeFileSync(join(root, 'bin/kiln'), '#!/bin/sh\n[ "$1" = --heat ] && echo "kiln 1.2.3"\n', { mode: 0o755 });
  const world = createWorld({ cwd: root });
  onTestFinished(() => world.close());
  const examination = { world: { ...world, env: { PATH: join(root, 'bin') } } } as Pick<Examination, 'world'>;
  expect(read(builderFindings(await buildersAtHand(examination, table)))).toEqual(['ok kiln: 1.2.3']);
});

test('documentation has it', () => {
  expect(engineTable(table)).toMatch(/\| `kiln` +\| clay +\| burns +\| ashes +\|/);
});
