import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../cli/args.ts';
import { helpText, shortHelp } from '../../cli/help.ts';
import { inputsOf } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';

describe.each([null, ...commandDefinitions])('help of %j', (command) => {
  const text = helpText(command);

  test('is at most 80 columns wide', () => {
    expect(text.split('\n').filter((line) => line.length > 80 || line.endsWith(' '))).toEqual([]);
  });

  test('lists exactly the options that the command takes', () => {
    const listed = [...text.matchAll(/^ {2}--(?:\[no-\])?([a-z-]+)/gm)].map(([, name]) => name);
    const offered = inputsOf('cli', command?.name).filter(({ commands }) => command !== null || commands === undefined);
    const first = offered.filter(({ isFirst }) => command !== null && isFirst === true);
    const wanted = [...first, ...offered.filter((input) => !first.includes(input))].map(({ name, kind }) =>
      kind === 'secret' ? `${name}-stdin` : name,
    );
    expect(listed).toEqual([...wanted, 'help', 'version']);
  });
});

test.each(commandDefinitions)('the help of $name begins with at most ten options that are needed first', (command) => {
  const [, first = ''] = /^Needed first:\n([\s\S]*?)\n\n/m.exec(helpText(command)) ?? [];
  const options = [...first.matchAll(/^ {2}--(?:\[no-\])?([a-z-]+)/gm)].map(([, name]) => name);
  const short = [...shortHelp(command).matchAll(/^ {2}--(?:\[no-\])?([a-z-]+)/gm)].map(([, name]) => name);
  expect(options.length).toBeGreaterThan(0);
  expect(options).toEqual(short);
});

describe.each([null, ...commandDefinitions])('what is needed first of %j', (command) => {
  const text = shortHelp(command);

  test('fits 80 columns, and shows at most ten options', () => {
    expect(text.split('\n').filter((line) => line.length > 80 || line.endsWith(' '))).toEqual([]);
    const options = [...text.matchAll(/^ {2}--/gm)];
    expect(options.length).toBeGreaterThan(0);
    expect(options.length).toBeLessThanOrEqual(10);
  });

  test('gives three examples that the command line takes', () => {
    const examples = [...text.matchAll(/^ {2}base-image-refresh (.*)$/gm)].map(([, line = '']) => line);
    expect(examples).toHaveLength(3);
    for (const example of examples) {
      expect(parseArguments(example.replaceAll("'", '').split(' '))).toMatchObject({ kind: 'run' });
    }
  });
});
