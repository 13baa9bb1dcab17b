// What the small programs of these tests have in common. Each is started as `PROGRAM FOLDER ARGUMENT...`.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const [folder, ...args] = process.argv.slice(2);

/** The value of `--name=value` or `--name value`. */
export function option(name) {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? options(name)[0] : args[at + 1];
}

/** Every value of `--name=value`. */
export function options(name) {
  return args.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => arg.slice(name.length + 3));
}

/** A file of the folder as JSON. */
export function readJson(file, missing) {
  const path = join(folder, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : missing;
}

/** Writes the call down, waits where a rule says so, and ends the program where a rule answers for it. */
export async function begin(program) {
  const line = args.join(' ');
  appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ program, line })}\n`);
  const rule = readJson('rules.json', []).find((each) => each.program === program && new RegExp(each.to).test(line));
  if (rule?.late !== undefined) await sleep(rule.late);
  if (rule?.code === undefined) return;
  process.stdout.write(rule.stdout ?? '');
  process.stderr.write(rule.stderr ?? '');
  process.exit(rule.code);
}
