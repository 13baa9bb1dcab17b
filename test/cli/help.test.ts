import { describe, expect, test } from 'vitest';
import { helpText } from '../../cli/help.ts';
import { inputsOf } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';

describe.each([null, ...commandDefinitions])('help of %j', (command) => {
  const text = helpText(command);

  test('is at most 80 columns wide', () => {
    expect(text.split('\n').filter((line) => line.length > 80 || line.endsWith(' '))).toEqual([]);
  });

  test('lists exactly the options that the command takes', () => {
    const listed = [...text.matchAll(/^ {2}--(?:\[no-\])?([a-z-]+)/gm)].map(([, name]) => name);
    const wanted = inputsOf('cli', command?.name)
      .filter(({ commands }) => command !== null || commands === undefined)
      .map(({ name, kind }) => (kind === 'secret' ? `${name}-stdin` : name));
    expect(listed).toEqual([...wanted, 'help', 'version']);
  });
});
