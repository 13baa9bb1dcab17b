import { posix } from 'node:path';
import { itemsOf, mappingOf } from '../../../json.ts';
import type { FileSystem } from '../../../layers/filesystem.ts';
import { environmentOf } from '../../../oci/environment.ts';
import type { BaseSide, RebaseEvidence } from '../evidence.ts';
import { destinationOf } from '../history.ts';
import { programAt, relativeTo } from '../search.ts';
import { harmless } from './harmless-run.ts';
import { boundByLibraries } from './libraries.ts';

/** What the image names by path, library, interpreter or variable, and what leads elsewhere on the new base. */
export function* boundByReferences(evidence: RebaseEvidence): Generator<string> {
  for (const [path, entry] of evidence.ownFiles) {
    if (entry.kind === 'symlink') yield* boundByLink(path, evidence);
    if (entry.kind === 'file' && entry.program?.kind === 'script') {
      yield* boundByInterpreter(path, entry.program.interpreter, evidence);
    }
    if (entry.kind === 'file' && posix.basename(path) === 'pyvenv.cfg') yield* boundByHome(path, entry.text, evidence);
  }
  yield* boundByLibraries(evidence);
  yield* boundByVariables(evidence);
  yield* boundByCommands(evidence);
  yield* boundByDirectory(evidence);
  yield* boundByShell(evidence);
}

function kindAt(files: FileSystem, path: string): string {
  return path === '' ? 'directory' : (files.at(files.follow(path))?.kind ?? 'nothing');
}

/** The interpreters that the runtimes of rule 5 are: where a link leads to one, its version counts. */
const versioned = /(?:^|\/)(?:python|ruby|perl|php|node|java)[\d.]*$/;

function* boundByLink(path: string, { before, after }: RebaseEvidence): Generator<string> {
  const [was, is] = [kindAt(before.whole, path), kindAt(after.whole, path)];
  if (was !== is) yield `its link ${path} leads to a ${was} on the old base and to a ${is} on the new one`;
  const [old, fresh] = [before.whole.follow(path), after.whole.follow(path)];
  if (old !== fresh && versioned.test(old))
    yield `its link ${path} leads to ${old} on the old base and to ${fresh} on the new one`;
}

function* boundByInterpreter(path: string, line: string, evidence: RebaseEvidence): Generator<string> {
  const [program = '', ...words] = line.split(/[ \t]+/);
  const name = /(?:^|\/)env$/.test(program)
    ? words.find((word) => !word.startsWith('-') && !word.includes('='))
    : undefined;
  for (const wanted of [program, ...(name === undefined ? [] : [name])]) {
    yield* boundByProgram(wanted, `${path} is run with`, evidence);
  }
}

function* boundByProgram(name: string, by: string, { before, after }: RebaseEvidence): Generator<string> {
  const directory = String(after.config.WorkingDir ?? '/');
  const find = (side: BaseSide) => programAt(side.whole, environmentOf(side.config), name, directory);
  const [old, fresh] = [find(before), find(after)];
  if (old !== undefined && fresh === undefined) yield `${by} ${name}, which the new base does not have`;
  if (old === undefined && fresh !== undefined) yield `${by} ${name}, which only the new base has`;
  const isMoved = old !== undefined && fresh !== undefined && old !== fresh && versioned.test(old);
  if (isMoved) yield `${by} ${name}, which is ${old} on the old base and ${fresh} on the new one`;
}

// The Python documentation, venv: its interpreter is that of the folder `home`.
function* boundByHome(path: string, text: string | undefined, evidence: RebaseEvidence): Generator<string> {
  const home = /^home *= *(.*)$/m.exec(text ?? '')?.[1]?.trim();
  if (home === undefined) {
    yield `${path} does not say whose virtual environment it is`;
    return;
  }
  yield* boundByProgram(posix.join(home, 'python3'), `${path} stands on`, evidence);
}

// What a build expands where the image names a variable of its base.
function* boundByVariables(evidence: RebaseEvidence): Generator<string> {
  const { before, after, app, settings } = evidence;
  const [old, fresh, own] = [before, after]
    .map(({ parts }) => environmentOf(parts.config.config))
    .concat(environmentOf(app.config.config));
  const names = [...new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])];
  const changed = names.filter((name) => old?.get(name) !== fresh?.get(name));
  for (const name of changed) {
    const why = whyNames(name, old?.get(name) ?? '', evidence);
    if (why !== undefined) yield `the base changed the variable ${name}, and ${why}`;
  }
  for (const [name, value] of own ?? []) {
    if (!settings.sure.has(`Env ${name}`) && old?.get(name) === value) continue;
    for (const path of value.split(':').filter((part) => /^\/./.test(part))) {
      const [was, is] = [before, after].map(({ whole }) => kindAt(whole, relativeTo('/', path)));
      if (was !== is) yield `its variable ${name} names ${path}, a ${was} on the old base and a ${is} on the new one`;
    }
  }
}

function whyNames(name: string, old: string, { dockerfile, history, app }: RebaseEvidence): string | undefined {
  if (dockerfile !== undefined) {
    const isNamed = new RegExp(`\\$\\{?${name.replace(/\W/g, '\\$&')}(?!\\w)`).test(dockerfile);
    return isNamed ? 'its Dockerfile names it' : undefined;
  }
  if (old === '') return undefined;
  const entry = history.find(({ text }) => text.includes(old));
  if (entry !== undefined) return `its old value stands in ${JSON.stringify(entry.text.slice(0, 100))}`;
  const label = Object.entries(app.config.labels).find(([, value]) => value.includes(old));
  return label === undefined ? undefined : `its old value stands in the label ${label[0]}`;
}

function* boundByCommands(evidence: RebaseEvidence): Generator<string> {
  const { config } = evidence.after;
  const health = itemsOf(mappingOf(config.Healthcheck)?.Test).map(String);
  const first = (value: unknown) => itemsOf(value).map(String)[0];
  const check = health[0] === 'CMD' ? health[1] : health[0] === 'CMD-SHELL' ? '/bin/sh' : undefined;
  const entry = first(config.Entrypoint);
  for (const [what, name] of [
    ['its entry point is', entry],
    ['its command is', entry === undefined ? first(config.Cmd) : undefined],
    ['its health check is', check],
  ] as const) {
    if (name !== undefined && name !== '') yield* boundByProgram(name, what, evidence);
  }
}

// History has folders that are already put together.
function* boundByDirectory({ before, after, history }: RebaseEvidence): Generator<string> {
  const [old, fresh] = [before, after].map(({ parts }) =>
    posix.resolve('/', String(parts.config.config.WorkingDir ?? '')),
  );
  if (old === undefined || fresh === undefined || old === fresh) return;
  const areThere = before.files.isDirectory(relativeTo('/', old)) && after.files.isDirectory(relativeTo('/', fresh));
  for (const { step } of history) {
    if (step.kind === 'workdir') {
      const isBelow = old === '/' || step.path === old || step.path.startsWith(`${old}/`);
      if (isBelow) yield `the base changed WORKDIR, and the image's own ${step.path} may count from it`;
      return;
    }
    // One that is harmless names no path that counts from it, but makes it where it is not there.
    const isBound = step.kind === 'run' && (harmless(step.command) === undefined || !areThere);
    const isRelative = isBound || (step.kind === 'transfer' && !destinationOf(step.rest).startsWith('/'));
    if (isRelative) yield 'the base changed WORKDIR, and the image makes files in it before it sets its own';
  }
}

// Commands in the form of a shell are stored with the shell of the base.
function* boundByShell({ before, after, app, history }: RebaseEvidence): Generator<string> {
  const shellOf = ({ parts }: BaseSide) => itemsOf(parts.config.config.Shell).map(String);
  const [old, fresh] = [shellOf(before), shellOf(after)];
  if (old.join('\0') === fresh.join('\0')) return;
  const wrapped = old.length === 0 ? ['/bin/sh', '-c'] : old;
  for (const { step } of history) {
    if (step.kind !== 'setting') continue;
    if (step.keyword === 'shell') return;
    const { config } = app.config;
    // A health check is stored without it, and run with that of the image.
    const stored = { cmd: config.Cmd, entrypoint: config.Entrypoint }[step.keyword];
    const words = itemsOf(stored).map(String);
    if (wrapped.every((word, at) => words[at] === word)) {
      yield `the base changed SHELL, which ${step.keyword.toUpperCase()} of the image is run with`;
    }
  }
}
