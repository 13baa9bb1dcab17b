import { posix } from 'node:path';
import { isMainCompose } from '../compose.ts';
import type { BakeRun } from '../published.ts';
import { isKnown, reasonIn } from '../unknown.ts';
import type { ProgramCall } from './buildpacks.ts';

// Options of `docker compose` before its command that take a value, and change nothing of what images are called.
const passedOver = /^(?:--(?:ansi|parallel|profile|progress|project-name)|-p)$/;
// Variables of Compose that choose other files, or other values for those that the files name.
const choosing = ['COMPOSE_FILE', 'COMPOSE_ENV_FILES'];

/** What a Compose command pushes: what the usual files of its folder say, unless it says otherwise; undefined where it pushes nothing. */
export function composeRun({ words, folder, variables }: ProgramCall): BakeRun | undefined {
  const { files, strange, rest } = globalsOf(words);
  const [verb = '', ...more] = rest;
  const builds = verb === 'build' && more.some((word) => /^--push(?:=|$)/.test(word) || !isKnown(word));
  if (verb !== 'push' && isKnown(verb) && !builds) return undefined;
  const [file] = files;
  const isUsual = files.length <= 1 && (file === undefined || (isKnown(file) && isMainCompose(file)));
  const chosen = choosing.find((name) => variables.has(name));
  const why =
    strange ??
    (isKnown(verb) ? undefined : reasonIn(verb)) ??
    (isUsual ? undefined : `it is given ${files.map(shown).join(' and ')}`) ??
    (chosen === undefined ? undefined : `${chosen} is set`);
  const place = file === undefined || !isUsual ? folder : posix.join(folder, posix.dirname(file));
  return { tool: 'compose', folder: isKnown(place) ? place : undefined, why, environment: [...variables.keys()] };
}

function globalsOf(words: readonly string[]) {
  const files: string[] = [];
  let strange: string | undefined;
  let at = 0;
  while (words[at]?.startsWith('-') === true) {
    const [word = '', value] = (words[at] ?? '').split(/=(.*)/s, 2);
    const next = value ?? words[at + 1] ?? '';
    const takesValue = passedOver.test(word) || /^(?:-f|--(?:file|env-file|project-directory|workdir))$/.test(word);
    if (/^(?:-f|--file)$/.test(word)) files.push(next);
    else if (/^--(?:env-file|project-directory|workdir)$/.test(word)) strange ??= `${word} is given`;
    at += takesValue && value === undefined ? 2 : 1;
  }
  return { files, strange, rest: words.slice(at) };
}

function shown(file: string): string {
  return isKnown(file) ? file : reasonIn(file);
}
