import { type Mapping, mappingOf, textOf } from '../json.ts';
import type { Cost } from './cost.ts';
import { gather } from './gather.ts';
import { createJobSession, type JobSession, type Published, publish } from './published.ts';
import { runScript } from './script/run.ts';
import type { Statements } from './stated.ts';
import { notKnown } from './unknown.ts';
import { lineOfKey } from './yaml.ts';

/** A step of an Azure pipeline that may publish and is no Docker@2: a shell script, or what is not understood. */
export interface PipelineScript {
  /** Such as "azure-pipelines.yml jobs.build". */
  readonly from: string;
  readonly file: string;
  readonly line: number | undefined;
  /** Absent where it is no shell script, and then the reason why it is not understood. */
  readonly text?: string;
  readonly strange?: string;
  readonly folder: string;
  /** Why it may not run. */
  readonly doubt?: string;
  readonly variables: ReadonlyMap<string, string>;
}

/** Fills in what the pipeline knows. */
type Fill = (text: string) => string;

/** The script of a step, undefined where it has none that may publish; `names` are those of the pipeline. */
export function scriptOf(step: Mapping, names: ReadonlyMap<string, string>, fill: Fill) {
  const task = textOf(step.task) ?? '';
  const inputs = mappingOf(step.inputs) ?? {};
  const own = textOf(step.script) ?? textOf(step.bash);
  const isShell = /^(?:bash|cmdline|shellscript)@|^azurecli@/i.test(task);
  const text = own ?? (isShell ? (textOf(inputs.script) ?? textOf(inputs.inlineScript)) : undefined);
  const other =
    textOf(step.powershell) ?? textOf(step.pwsh) ?? (/^powershell@/i.test(task) ? textOf(inputs.script) : undefined);
  const line = lineOfKey(step);
  const folder = fill(textOf(step.workingDirectory) ?? textOf(inputs.workingDirectory) ?? '.');
  const base = {
    line,
    folder: /\$\(|\$\{/.test(folder) ? notKnown(`the folder ${folder}`) : folder,
    variables: environmentOf(step, names, fill),
  };
  if (/^docker@[01](?:\.|$)/i.test(task) && /push/i.test(textOf(inputs.command) ?? textOf(inputs.action) ?? '')) {
    return { ...base, strange: `${task} pushes, and is not understood` };
  }
  const isPowerShell = other !== undefined || /^ps/i.test(textOf(inputs.scriptType) ?? '');
  const written = other ?? text;
  if (
    written === undefined ||
    !/\b(?:docker|podman|buildah|acr|executor|ko|pack|jib\w*|PublishContainer)\b/.test(written)
  )
    return undefined;
  if (isPowerShell)
    return /push|acr\s+build/.test(written)
      ? { ...base, strange: 'a script of PowerShell is not understood' }
      : undefined;
  return {
    ...base,
    text: fill(written),
    line: line === undefined ? undefined : (lineOfKey(step, own === undefined ? 'inputs' : 'script') ?? line),
  };
}

// Variables of the pipeline are variables of the environment by names in capitals, but for what only a run knows.
function environmentOf(step: Mapping, names: ReadonlyMap<string, string>, fill: Fill): ReadonlyMap<string, string> {
  const shared = [...names].flatMap(([key, value]) => {
    const name = /^variables\.(.*)$/.exec(key)?.[1];
    return name === undefined ? [] : [[name.replace(/[. ]/g, '_').toUpperCase(), value] as const];
  });
  const own = Object.entries(mappingOf(step.env) ?? {}).map(
    ([name, value]) => [name, fill(textOf(value) ?? '')] as const,
  );
  return new Map([...shared, ...own].filter(([, value]) => !/\$\(|\$\{|\$\[/.test(value)));
}

/** What the scripts of one pipeline publish, each job by itself. */
export function scriptStatements(
  path: string,
  scripts: readonly PipelineScript[],
  isThere: (path: string) => boolean,
  cost: Cost,
): Statements {
  const sessions = new Map<string, JobSession>();
  const published: (Published & { readonly from: string; readonly file: string })[] = [];
  const byDigest: JobSession['byDigest'] = [];
  for (const { from, file, line, text, strange, folder, variables, doubt } of scripts) {
    const session: JobSession = sessions.get(from) ?? { ...createJobSession(isThere), byDigest };
    sessions.set(from, session);
    const before = session.published.length;
    session.doubt = doubt;
    if (text === undefined) publish(session, { names: [notKnown(strange ?? '')], by: 'a step', line });
    else runScript(text, { variables, folder, line, session, cost });
    published.push(...session.published.slice(before).map((one) => ({ ...one, from, file })));
  }
  return gather([{ label: 'a run', published, byDigest }], { by: 'pipeline', root: '', path });
}
