import { posix } from 'node:path';
import { isKnown, notKnown } from '../unknown.ts';
import { forgetNamed } from './assign.ts';
import { leave } from './frames.ts';
import { type Certainty, forget, mayPublish, publishUnclear, type ScriptPlace, type ScriptState } from './state.ts';

/** A command of the shell itself. */
export interface Builtin {
  readonly text: string;
  readonly given: readonly string[];
  readonly run: Certainty;
  readonly place: ScriptPlace;
  readonly state: ScriptState;
  readonly line: number | undefined;
}

/** The first arguments of a script or function. */
export const positions = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

const setting = ({ given, state }: Builtin) => {
  for (const name of given) forget(name, state, 'is set by a command');
};
const unseen = ({ text, place, state, line }: Builtin) => {
  // Whatever is set in there.
  for (const name of state.variables.keys()) forget(name, state, 'may be set by another script');
  state.folder = notKnown('the folder behind another script');
  if (/\b(?:docker|podman|buildah|nerdctl)\b/.test(text) && mayPublish(text))
    publishUnclear(place, `${text} is not understood`, line);
};

/** What commands of the shell itself do to what is known. */
export const builtins: Readonly<Record<string, (call: Builtin) => void>> = {
  cd: ({ given, run, state }) => {
    state.folder = folderFrom(state, run, given[0]);
  },
  pushd: ({ given, run, state }) => {
    state.folder = folderFrom(state, run, given[0]);
  },
  popd: ({ state }) => {
    state.folder = notKnown('the folder after popd');
  },
  ...{ read: setting, unset: setting, mapfile: setting, readarray: setting, printf: setting, getopts: setting },
  ...{ source: unseen, '.': unseen, eval: unseen },
  let: ({ text, state }) => {
    forgetNamed(text, state);
  },
  shift: ({ given, run, state }) => {
    const count = Number(given[0] ?? '1');
    const left = positions.map((name) => state.variables.get(name));
    positions.forEach((name, at) => {
      const value = run === 'sure' && /^\d$/.test(given[0] ?? '1') ? left[at + count] : undefined;
      if (value === undefined) forget(name, state, 'is left by shift');
      else state.variables.set(name, value);
    });
    for (const name of ['@', '*']) state.variables.set(name, notKnown('the arguments that shift leaves'));
  },
  set: ({ given, state }) => {
    if (
      !given.includes('--') &&
      given.every((word, at) => /^[-+]/.test(word) || /^[-+]\w*o$/.test(given[at - 1] ?? ''))
    )
      return;
    for (const name of [...positions, '@', '*']) state.variables.set(name, notKnown('an argument that set gives'));
  },
  exit: ({ given, run, state }) => {
    // A script that fails publishes nothing, and the runs that publish are those that do not fail.
    if (run !== 'sure' && /^[1-9]\d*$/.test(given[0] ?? '0')) return;
    state.isOver = !state.frames.some(({ saved }) => saved !== undefined);
    leave(state, run);
  },
  return: ({ given, run, state }) => {
    if (run === 'sure' || !/^[1-9]\d*$/.test(given[0] ?? '0')) leave(state, run);
  },
};

function folderFrom({ folder }: ScriptState, run: Certainty, to = ''): string {
  if (run !== 'sure' || !isKnown(folder) || !isKnown(to) || to === '' || to === '-' || to.startsWith('~'))
    return notKnown('the folder that a script changes to');
  return posix.isAbsolute(to) ? notKnown('a folder outside the repository') : posix.join(folder, to);
}
