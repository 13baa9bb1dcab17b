import { posix } from 'node:path';
import { commandOptions } from '../action-options.ts';
import {
  type JobSession,
  noteBake,
  noteBuild,
  noteEveryPush,
  noteIndex,
  notePush,
  noteTag,
  publish,
  type StepBuild,
} from '../published.ts';
import { isKnown, notKnown, reasonIn } from '../unknown.ts';
import { type Program, type ProgramCall, programsWithoutDockerfile } from './buildpacks.ts';
import { composeRun } from './compose.ts';
import { handsOnPush, programsThatCopy, speakingOnly } from './copies.ts';
import { buildOptions, indexOptions, kanikoOptions, type Options, pushOptions, readOptions } from './options.ts';

/** Notes what a command builds, tags and handsOnPush. */
export function runProgram(call: ProgramCall, session: JobSession): void {
  const name = posix.basename(call.program);
  const run = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (run !== undefined) run({ ...call, program: name }, session);
  else if (name === 'timeout') {
    const at = call.words.findIndex((word) => /^[\d.]+[smhd]?$/.test(word));
    const [program = '', ...words] = call.words.slice(at + 1);
    if (at !== -1) runProgram({ ...call, program, words }, session);
  } else if (!speakingOnly.test(name) && handsOnPush(call.words)) {
    publish(session, { names: [notKnown(`what ${name} runs is not understood`)], by: 'a script', line: call.line });
  }
}

const programs: Readonly<Record<string, Program>> = {
  docker: engine,
  podman: engine,
  nerdctl: engine,
  buildah: engine,
  depot: engine,
  img: engine,
  'docker-compose': (call, session) => compose(call, session, call.program),
  az: (call, session) => {
    if (call.words[0] === 'acr' && call.words[1] === 'build') acrBuild(call, session);
  },
  executor: kaniko,
  ...programsThatCopy,
  ...programsWithoutDockerfile,
};

function engine(call: ProgramCall, session: JobSession): void {
  const { program, words } = call;
  const [first = '', ...rest] = withoutGlobals(words);
  const [verb = '', more] = /^(?:image|buildx|builder|container|manifest)$/.test(first)
    ? [`${first} ${rest[0] ?? ''}`, rest.slice(1)]
    : [first, rest];
  const inner = { ...call, words: more };
  const by = `${program} ${verb}`;
  const kind = verb.replace(/^(?:image|builder) /, '');
  if (first === 'compose') compose({ ...call, words: rest }, session, by);
  else if (/^(?:build|bud|buildx build|buildx b)$/.test(kind)) build(inner, session, by);
  else if (/^(?:push|manifest push)$/.test(kind)) push(inner, session, by);
  else if (kind === 'tag' && more.length === 2) noteTag(session, more[0] ?? '', more[1] ?? '');
  else if (kind === 'buildx imagetools' && more[0] === 'create') {
    index({ ...inner, words: more.slice(1) }, session, 'docker buildx imagetools create');
  } else if (/^(?:buildx )?bake$/.test(kind)) bake(inner, session, by);
  else if (kind === 'manifest create') manifest(inner, session);
}

// `docker --context x push`.
function withoutGlobals(words: readonly string[]): readonly string[] {
  let at = 0;
  while (words[at]?.startsWith('-') === true)
    at += /^(?:--(?:config|context|host|log-level|root|runroot|storage-driver)|-[cHl])$/.test(words[at] ?? '') ? 2 : 1;
  return words.slice(at);
}

function build(call: ProgramCall, session: JobSession, by: string): void {
  const options = readOptions(call.words, buildOptions);
  const given = (name: string) => options.values.get(name) ?? [];
  const isPushed = isOn(given('--push').at(-1));
  const found = builtFrom(call, session, options, given('--file').at(-1), options.rest[0]);
  const outputs = given('--output');
  const names = given('--tag');
  const sure =
    names.length === 0 && options.strange !== undefined && isPushed !== false ? [notKnown(options.strange)] : names;
  noteBuild(session, { build: found, names: sure, outputs, isPushed, by, line: call.line });
}

function isOn(value = 'false'): boolean | string {
  return isKnown(value) ? !/^(?:false|0|f)$/i.test(value) : reasonIn(value);
}

function builtFrom(
  call: ProgramCall,
  session: JobSession,
  options: Options,
  file: string | undefined,
  rest: string | undefined,
): StepBuild {
  const given = (name: string) => options.values.get(name) ?? [];
  const written = rest?.replace(/^dir:\/\//, '');
  const context =
    written === undefined || /^(?:-$|https?:|git[@:]|ssh:|[a-z]+:\/\/)/.test(written)
      ? undefined
      : within(call.folder, written);
  const usual = (): string | undefined => {
    if (context === undefined) return undefined;
    const container = posix.join(context, 'Containerfile');
    return /^(?:podman|buildah)$/.test(call.program) && session.isThere(container)
      ? container
      : posix.join(context, 'Dockerfile');
  };
  const dockerfile = file === undefined ? usual() : file === '-' ? undefined : within(call.folder, file);
  const target = given('--target').at(-1);
  const asked = commandOptions(options.values);
  return {
    dockerfile,
    context,
    args: given('--build-arg'),
    contexts: given('--build-context'),
    platforms: given('--platform').flatMap((text) => text.split(',')),
    ...(asked.length === 0 ? {} : { options: asked }),
    ...(target === undefined || target === '' ? {} : { target }),
    ...(options.strange === undefined ? {} : { strange: options.strange }),
  };
}

// What stands where the runner checks the repository out is of the repository.
function within(folder: string, path: string): string | undefined {
  const inside = path.replace(/^\/(?:github\/workspace|workspace)(?=\/|$)/, '.');
  if (posix.isAbsolute(inside)) return undefined;
  return isKnown(inside) && isKnown(folder) ? posix.join(folder, inside) : folder + inside;
}

function push(call: ProgramCall, session: JobSession, by: string): void {
  const { values, rest } = readOptions(call.words, pushOptions);
  const [name, to] = rest;
  if (name === undefined) return;
  if (values.has('--all-tags') || (values.has('--all') && call.program !== 'buildah' && call.program !== 'podman')) {
    if (!noteEveryPush(session, name, by, call.line))
      notePush(session, `${name}:${notKnown('every tag that is there')}`, by, call.line);
    return;
  }
  if (to !== undefined) noteTag(session, name, to);
  notePush(session, to ?? name, by, call.line);
}

function index(call: ProgramCall, session: JobSession, by: string): void {
  const { values, rest } = readOptions(call.words, indexOptions);
  if (values.has('--dry-run')) return;
  noteIndex(session, values.get('--tag') ?? [], rest, by, call.line);
}

// What bake builds stands in its files, but for what options and variables change of it.
function bake({ words, folder, variables, line }: ProgramCall, session: JobSession, by: string): void {
  if (!words.some((word) => /^--push(?:=|$)|\.push=true|type=registry|push=true/.test(word) || !isKnown(word))) return;
  const plain = /^(?:--(?:push|load|no-cache|pull|progress(?:=\w+)?)|\w[\w-]*)$/;
  const strange = words.find((word) => !plain.test(word));
  const why =
    strange === undefined ? undefined : `${isKnown(strange) ? strange : reasonIn(strange)} changes what its file says`;
  noteBake(
    session,
    { folder: isKnown(folder) ? folder : undefined, why, environment: [...variables.keys()] },
    by,
    line,
  );
}

function compose(call: ProgramCall, session: JobSession, by: string): void {
  const run = composeRun(call);
  if (run !== undefined) noteBake(session, run, by, call.line);
}

// What is created is pushed by a command of its own.
function manifest(call: ProgramCall, session: JobSession): void {
  const [name, ...sources] = readOptions(call.words, indexOptions).rest;
  const from = sources.find((source) => session.built.has(source.includes(':') ? source : `${source}:latest`));
  if (name !== undefined && from !== undefined) noteTag(session, from, name);
}

function acrBuild(call: ProgramCall, session: JobSession): void {
  const options = readOptions(call.words.slice(2), {
    ...buildOptions,
    valued: new Set([
      ...buildOptions.valued,
      '--agent-pool',
      '--auth-mode',
      '--log-template',
      '--resource-group',
      '--secret-build-arg',
      '--source-acr-auth-id',
      '--timeout',
      '--subscription',
      '--only-show-errors',
      '--output',
    ]),
    short: { '-f': '--file', '-t': '--image', '-r': '--registry', '-g': '--resource-group', '-o': '--output' },
  });
  if (options.values.has('--no-push')) return;
  const registry = options.values.get('--registry')?.at(-1) ?? notKnown('the registry of the default settings');
  const host = registry.includes('.') ? registry : `${registry.toLowerCase()}.azurecr.io`;
  const names = (options.values.get('--image') ?? []).map((image) =>
    image.startsWith(`${host}/`) ? image : `${host}/${image}`,
  );
  // Its file counts from the folder of the context that is sent.
  const found = builtFrom(call, session, options, undefined, options.rest[0]);
  const file = options.values.get('--file')?.at(-1);
  const dockerfile = file === undefined ? found.dockerfile : within(call.folder, file);
  noteBuild(session, {
    build: { ...found, dockerfile },
    names,
    outputs: [],
    isPushed: true,
    by: 'az acr build',
    line: call.line,
  });
}

function kaniko(call: ProgramCall, session: JobSession): void {
  const options = readOptions(call.words, kanikoOptions);
  if (options.values.has('--no-push')) return;
  const context = options.values.get('--context')?.at(-1) ?? '/workspace';
  const file = options.values.get('--dockerfile')?.at(-1);
  const found = builtFrom(call, session, options, undefined, context);
  // Its file counts from the context, or from where it runs.
  const inContext =
    found.context === undefined || file === undefined
      ? found.dockerfile
      : posix.isAbsolute(file)
        ? within(call.folder, file)
        : within(found.context, file);
  noteBuild(session, {
    build: { ...found, dockerfile: inContext },
    names: options.values.get('--destination') ?? [],
    outputs: [],
    isPushed: true,
    by: 'kaniko',
    line: call.line,
  });
}
