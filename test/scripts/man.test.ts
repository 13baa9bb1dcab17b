import { expect, test } from 'vitest';
import { inputsOf } from '../../core/inputs.ts';
import { commands } from '../../core/settings/commands.ts';
import { manualPage } from '../../scripts/generate/man.ts';

const lines = manualPage().split('\n');

test('the manual page has every command and every option of the command line', () => {
  const entries = lines.filter((line) => line.startsWith('.B ')).map((line) => line.slice(3).replaceAll('\\-', '-'));
  const entryOf = (name: string) => entries.find((entry) => entry === name || entry.startsWith(`${name} `));
  expect(commands.filter((name) => entryOf(name) === undefined)).toEqual([]);
  const written = (name: string) => ['--', '--[no-]'].some((lead) => entryOf(`${lead}${name}`) !== undefined);
  const missing = inputsOf('cli').filter(({ name }) => !written(name) && !written(`${name}-stdin`));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

test('the manual page begins no line with a control character but those of its macros', () => {
  const macros = /^\.(?:TH|SH|TP|B|I|PP|RS|RE|EX|EE)\b/;
  expect(lines.filter((line) => /^[.']/.test(line) && !macros.test(line))).toEqual([]);
  expect(lines.filter((line) => /\\(?![-e&])/.test(line))).toEqual([]);
});
