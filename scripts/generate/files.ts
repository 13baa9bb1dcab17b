import { actionYml } from './action.ts';
import {
  cliReference,
  commandTable,
  configurationReference,
  inputReference,
  inputTable,
  outputTable,
} from './reference.ts';
import { reliabilityPage } from './reliability.ts';
import { configSchema, lockFileSchema } from './schema.ts';
import { extensionJson, taskJson } from './task.ts';

/** Files that are made whole from the catalogue, and from the table of faults. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'action.yml': actionYml(),
    'ado-task/task.json': taskJson(),
    'ado-task/vss-extension.json': extensionJson(),
    'docs/reference/cli.md': cliReference(),
    'docs/reference/inputs.md': inputReference(),
    'docs/reference/configuration.md': configurationReference(),
    'docs/reference/config.schema.json': configSchema(),
    'docs/reference/base-images.lock.schema.json': lockFileSchema(),
    'docs/reliability.md': reliabilityPage(),
  };
}

/** Parts of README.md between `<!-- NAME:start -->` and `<!-- NAME:end -->`. */
export function readmeParts(): Readonly<Record<string, string>> {
  return { commands: commandTable(), inputs: inputTable(), outputs: outputTable() };
}

/** The text with each part put between its markers; a missing marker is an error. */
export function withParts(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((rest, [name, part]) => {
    const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
    const from = rest.indexOf(start);
    const to = rest.indexOf(end);
    if (from < 0 || to < from) throw new Error(`README.md has no ${start} … ${end}`);
    return `${rest.slice(0, from + start.length)}\n${part}\n${rest.slice(to)}`;
  }, text);
}
