import type { Exit, World } from '../ports.ts';
import { chosenFrom } from '../table.ts';

const patience = 30_000;

/** Runs git in one folder; `answer` is what it printed, undefined where it ended with an error. */
export interface Git {
  run(args: readonly string[], options?: { readonly timeout?: number }): Promise<Exit>;
  answer(args: readonly string[]): Promise<string | undefined>;
  /** The same, as it stands; empty text is an answer. */
  text(args: readonly string[]): Promise<string | undefined>;
  /** Whether it ended with 0. */
  agrees(args: readonly string[]): Promise<boolean>;
}

/** Git in a folder, without hooks, prompts or locks of its own accord. */
export function gitIn({ exec, env }: Pick<World, 'exec' | 'env'>, folder: string): Git {
  const run: Git['run'] = (args, { timeout = patience } = {}) =>
    exec({ file: 'git', args: [...guards, ...args], cwd: folder, timeout, env: environment(env) });
  const text: Git['text'] = async (args) => {
    const exit = await run(args);
    return exit.kind === 'exited' && exit.code === 0 ? exit.stdout : undefined;
  };
  return {
    run,
    text,
    answer: async (args) => {
      const answer = (await text(args))?.trim();
      return answer === '' ? undefined : answer;
    },
    agrees: async (args) => {
      const exit = await run(args);
      return exit.kind === 'exited' && exit.code === 0;
    },
  };
}

// Hooks and file system monitors are programs that the folder's own configuration may name. A folder of the checkout can be
// laid out as a bare repository, whose configuration names any program: git's own folder is only that called .git.
const guards = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'safe.bareRepository=explicit',
  'protocol.file.allow=user',
].flatMap((value) => ['-c', value]);

// What git and its helpers for credentials need; GIT_CONFIG_* carries settings of the job, such as safe.directory.
const passedOn =
  /^(?:PATH|HOME|XDG_CONFIG_HOME|SystemRoot|USERPROFILE|SSH_AUTH_SOCK|TMPDIR|TEMP|TMP|GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+|GLOBAL))$/;

function environment(env: World['env']): Readonly<Record<string, string>> {
  return {
    ...chosenFrom(env, (name) => passedOn.test(name)),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}
