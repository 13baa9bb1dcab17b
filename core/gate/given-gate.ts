import { relative, resolve } from 'node:path';
import type { World } from '../ports.ts';
import type { Settings } from '../settings/settings.ts';
import { type Text, verify } from '../settings/value.ts';
import { readGateTexts } from './config.ts';
import { type gateInputs, gateKeyInputs } from './inputs.ts';
import type { GatePolicy } from './policy.ts';

/** What inputs of the run say of the gate; what they do not say is left out. */
export function givenGate(
  settings: Settings<typeof gateInputs>,
  world: Pick<World, 'cwd'>,
  root: string,
): Partial<GatePolicy> {
  // The file names files from its own folder, and who types an input from where they are.
  const fromRoot = (path: Text) => ({ ...path, text: relative(root, resolve(world.cwd, path.text)) });
  const keys = readGateTexts({
    text: (key) => {
      const input = inputFor(key);
      const value = input === undefined ? undefined : settings.givenFor(input);
      if (input === undefined || value === undefined) return undefined;
      verify(value, input);
      return input.kind === 'path' ? fromRoot(value) : value;
    },
    texts: (key) => {
      const input = inputFor(key);
      const texts = input === undefined ? [] : settings.allGivenFor(input);
      return input?.names === undefined ? texts : texts.map(fromRoot);
    },
  });
  const isGiven = (name: 'gate' | 'severity-threshold' | 'only-fixable' | 'new-only') =>
    settings.given(name) !== undefined;
  return {
    ...keys,
    ...(isGiven('gate') ? { scope: settings.choice('gate') } : {}),
    ...(isGiven('severity-threshold') ? { severityThreshold: settings.choice('severity-threshold') } : {}),
    ...(isGiven('only-fixable') ? { onlyFixable: settings.boolean('only-fixable') } : {}),
    ...(isGiven('new-only') ? { newOnly: settings.boolean('new-only') } : {}),
  };
}

function inputFor(key: string) {
  return gateKeyInputs.find(({ config }) => config === `gate.${key}`);
}
