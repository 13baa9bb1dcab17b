import { relative, resolve } from 'node:path';
import type { World } from '../ports.ts';
import { below, type FileNode } from '../settings/file-node.ts';
import type { InputDefinition } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { type Text, verify } from '../settings/value.ts';
import { type GateTexts, gateTextsOf } from './config.ts';
import { type gateInputs, gateKeyInputs } from './inputs.ts';

/** The run's gate, key by key: an input over the file. What neither says is left out, so that the gate's own default holds. */
export function gateTexts(
  settings: Settings<typeof gateInputs>,
  file: FileNode | undefined,
  world: World,
  root: string,
): GateTexts {
  const inFile = gateTextsOf(below(file, 'gate'));
  const given = (key: string) => {
    const input = inputFor(key);
    return input === undefined || settings.givenFor(input) === undefined ? undefined : input;
  };
  // The file names files from its own folder, and who types an input from where they are.
  const fromRoot = (path: Text) => ({ ...path, text: relative(root, resolve(world.cwd, path.text)) });
  return {
    text: (key) => {
      const input = given(key);
      const value = input === undefined ? undefined : settings.givenFor(input);
      if (input === undefined || value === undefined) return inFile.text(key);
      verify(value, input);
      return input.kind === 'path' ? fromRoot(value) : value;
    },
    // All lists of a gate are of files.
    texts: (key) => {
      const input = given(key);
      return input === undefined ? inFile.texts(key) : settings.allGivenFor(input).map(fromRoot);
    },
  };
}

function inputFor(key: string): InputDefinition | undefined {
  return gateKeyInputs.find(({ config }) => config === `gate.${key}`);
}
