/**
 * What the two CI hosts would execute of a log, ported from their readers: the runner's ActionCommand (both grammars)
 * and the agent's Command. Each line of standard output and standard error is read, and a line ends at CR, LF or both.
 */
export interface LogCommand {
  readonly reader: 'github' | 'github-legacy' | 'azure';
  readonly name: string;
  readonly data: string;
}

// Char.IsWhiteSpace of .NET.
const whiteSpace = /^[\t-\r\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

// ICU passes over these in culture-sensitive searches, which both readers use.
const ignorable = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\s)\p{Cc}/gu;

/** GitHub's commands by the runner's registry of extensions. */
const githubCommands = new Set([
  'add-mask',
  'add-matcher',
  'remove-matcher',
  'add-path',
  'debug',
  'echo',
  'error',
  'warning',
  'notice',
  'group',
  'endgroup',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'internal-set-repo-path',
]);

export function githubLogCommands(log: string): readonly LogCommand[] {
  return linesOf(log).flatMap((line) => githubV2(line) ?? githubV1(line) ?? []);
}

export function azureLogCommands(log: string): readonly LogCommand[] {
  return linesOf(log).flatMap((line) => {
    const prefix = line.toLowerCase().indexOf('##vso[');
    const end = line.indexOf(']', prefix);
    if (prefix < 0 || end < 0) return [];
    const [name = ''] = line.slice(prefix + '##vso['.length, end).split(' ', 1);
    return [{ reader: 'azure', name, data: line.slice(end + 1) }];
  });
}

/** Lines that Azure's web log formats: `##[section]`, `##[error]`, `##[group]`. */
export function azureFormattedLines(log: string): readonly string[] {
  return linesOf(log).flatMap((line) => /##\[([a-z]+)\]/i.exec(line)?.[1] ?? []);
}

function linesOf(log: string): readonly string[] {
  return log.split(/\r\n|\r|\n/).map((line) => line.replace(ignorable, ''));
}

function githubV2(line: string): LogCommand | undefined {
  const trimmed = line.replace(whiteSpace, '');
  const end = trimmed.indexOf('::', 2);
  if (!trimmed.startsWith('::') || end < 0) return undefined;
  const [name = ''] = trimmed.slice(2, end).split(' ', 1);
  return githubCommands.has(name.toLowerCase()) ? { reader: 'github', name, data: trimmed.slice(end + 2) } : undefined;
}

function githubV1(line: string): LogCommand | undefined {
  const prefix = line.indexOf('##[');
  const end = line.indexOf(']', prefix);
  if (prefix < 0 || end < 0) return undefined;
  const [name = ''] = line.slice(prefix + '##['.length, end).split(' ', 1);
  return githubCommands.has(name.toLowerCase())
    ? { reader: 'github-legacy', name, data: line.slice(end + 1) }
    : undefined;
}
