/** A RUN whose result depends on nothing of a base but its shell, its programs and the paths it names. */
export interface HarmlessRun {
  readonly programs: readonly string[];
  /** Without the leading slash. */
  readonly paths: readonly string[];
}

interface Command {
  readonly flags: RegExp;
  /** Arguments that are no paths: a mode, an owner, the target of a link. */
  readonly before: number;
}

const commands: Readonly<Record<string, Command>> = {
  mkdir: { flags: /^-[pv]+$/, before: 0 },
  chmod: { flags: /^-[Rv]+$/, before: 1 },
  chown: { flags: /^-[Rvh]+$/, before: 1 },
  ln: { flags: /^-(?:[fnv]*s[fnv]*)$/, before: 1 },
  touch: { flags: /^$/, before: 0 },
};
const builtin = /^(?:true|:|set(?: +(?:-[eux]+|-o|pipefail))*)$/;
const shells = /^(?:\|\d+ .*? )?(?:\/bin\/sh|\/bin\/bash|\/bin\/ash)(?: -[euxo]+| pipefail)* -[eux]*c +/;

/** Reads a RUN of the few forms that are harmless; undefined for every other. */
export function harmless(text: string): HarmlessRun | undefined {
  const command = text
    .replace(/ # buildkit$/, '')
    .replace(shells, '')
    .trim();
  if (!/^[\w@%+=:,./ \t;&-]+$/.test(command)) return undefined;
  const parts = command.split(/&&|;/).map((part) => part.trim());
  const read = parts.map(commandOf);
  if (read.includes(undefined)) return undefined;
  return {
    programs: read.flatMap((part) => part?.programs ?? []),
    paths: read.flatMap((part) => part?.paths ?? []),
  };
}

function commandOf(text: string): HarmlessRun | undefined {
  if (builtin.test(text)) return { programs: [], paths: [] };
  const [name = '', ...words] = text.split(/\s+/);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || text.includes('&')) return undefined;
  const flags = words.filter((word) => word.startsWith('-'));
  const named = words.filter((word) => !word.startsWith('-'));
  const isSymbolic = name !== 'ln' || (flags.length > 0 && named.length === 2);
  const paths = named.slice(command.before);
  const isKnown = flags.every((flag) => command.flags.test(flag)) && isSymbolic && paths.length > 0;
  if (!isKnown || !paths.every((path) => /^\/(?!.*(?:\/\.\.?)(?:\/|$))./.test(path))) return undefined;
  return {
    programs: [name],
    paths: paths.map((path) =>
      path
        .split('/')
        .filter((part) => part !== '')
        .join('/'),
    ),
  };
}
