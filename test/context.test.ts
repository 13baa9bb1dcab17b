import { afterAll, expect, it } from 'vitest';
import { createRun } from '../core/refresh/context.ts';
import { closeHarnesses, createHarness } from './registry/harness.ts';
import { createRecordingHost, testConfig } from './support/run.ts';

afterAll(closeHarnesses);

it.each([
  ['no scanner', {}, 'trivy'],
  ['grype', { tool: 'grype' as const }, 'grype'],
  ['a command', { tool: 'command' as const, command: ['audit', '{image}'], format: 'sarif' as const }, 'audit'],
])('a configuration that names %s is scanned with that, or with Trivy', (_, scanner, name) => {
  const { world } = createHarness();
  const config = testConfig('/repository', { scanner: { skipDatabaseUpdate: true, ...scanner } });
  expect(createRun(config, createRecordingHost(), world).scanner.name).toBe(name);
});
