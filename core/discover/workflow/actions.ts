import { posix } from 'node:path';
import { actionOptions } from '../action-options.ts';
import type { Cost } from '../cost.ts';
import {
  type BakeSetting,
  type JobSession,
  localName,
  noteBake,
  noteBuild,
  noteBuilt,
  noteTag,
  publish,
  type StepBuild,
  startedBuild,
} from '../published.ts';
import { isKnown, notKnown, reasonIn } from '../unknown.ts';

/** A step that uses an action, with its inputs filled in. */
export interface ActionCall {
  /** In lower case, without its version. */
  readonly name: string;
  readonly given: Readonly<Record<string, string>>;
  readonly line: number | undefined;
  /** Variables around it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An action that builds or publishes images, and what it answers. */
export interface PublishingAction {
  readonly fits: RegExp;
  readonly run: (call: ActionCall, session: JobSession, cost: Cost) => Record<string, unknown>;
}

/** Every action whose inputs are understood, and last those that are known to publish and are not. */
export const publishingActions: readonly PublishingAction[] = [
  { fits: /^(?:docker|depot|useblacksmith)\/build-push-action$/, run: buildPush },
  { fits: /^int128\/kaniko-action$/, run: buildPush },
  { fits: /^redhat-actions\/buildah-build$/, run: buildah },
  { fits: /^redhat-actions\/push-to-registry$/, run: pushToRegistry },
  { fits: /^(?:docker|depot)\/bake-action$/, run: bake },
  {
    fits: /^(?:docker|depot|buildpacks|redhat-actions|actions|azure)\/(?:setup|login|metadata|checkout|cache|upload|download)/,
    run: () => ({}),
  },
  {
    fits: /(?:docker|kaniko|buildah|image|container|ghcr|\becr|\bgcr).*(?:build|push|publish)|(?:build|push|publish).*(?:docker|kaniko|image|container|ghcr|ecr|gcr)/,
    run: opaque,
  },
];

function listOf(text: string | undefined, separator = /[\n,]/): readonly string[] {
  return (text ?? '')
    .split(separator)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

// The default context is the commit on the server, which is this repository all the same, and its folders stand behind
// a colon; the file of such a context counts from there, and that of a folder from the workspace.
function pathsOf(
  given: string | undefined,
  file: string | undefined,
): Pick<StepBuild, 'context' | 'dockerfile' | 'isOfCommit'> {
  const written = given === undefined || given === '' ? '{{defaultContext}}' : given;
  const [commit, folder = '.'] = /^\{\{\s*defaultContext\s*\}\}(?::(.*))?$/.exec(written) ?? [];
  const context = commit !== undefined ? folder : written;
  if (/^(?:https?|git|ssh):\/\/|^git@|^-$/.test(context) || posix.isAbsolute(context))
    return { context: undefined, dockerfile: undefined };
  const own = commit === undefined ? {} : { isOfCommit: true as const };
  if (file === undefined || file === '') return { context, dockerfile: joined(context, 'Dockerfile'), ...own };
  return { context, dockerfile: commit === undefined ? file : joined(context, file), ...own };
}

function joined(folder: string, file: string): string {
  return isKnown(folder) && isKnown(file) ? posix.join(folder, file) : `${folder}/${file}`;
}

// Inputs of int128/kaniko-action that change nothing of what is built.
const plainKanikoInputs = /^(?:executor|cache|cache-repository|cache-ttl|push-retry|registry-mirror|verbosity)$/;

// Inputs of redhat-actions/buildah-build that change nothing of what is built, or that are read as files and names; the
// form of the published image says whether it is of OCI.
const plainBuildahInputs = /^(?:image|containerfiles|dockerfiles|platform|layers|oci|tls-verify|storage-driver)$/;

function withoutInputs(given: Readonly<Record<string, string>>, plain: RegExp): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given).filter(([input]) => !plain.test(input)));
}

// A switch of an action; the reason where only a run knows it.
function isOn(text = ''): boolean | string {
  return isKnown(text) ? text !== '' && !/^false$/i.test(text) : reasonIn(text);
}

function buildPush({ name, given, line }: ActionCall, session: JobSession, cost: Cost): Record<string, unknown> {
  const { target } = given;
  const names = listOf(given.tags);
  cost.values(100 * names.length);
  const isKaniko = name.includes('kaniko');
  const stated = isKaniko ? withoutInputs(given, plainKanikoInputs) : given;
  const options = actionOptions(stated, isKaniko || /build-push-action$|github-builder$/.test(name));
  const build: StepBuild = {
    ...pathsOf(given.context, given.file),
    args: listOf(given['build-args'], /\n/),
    contexts: listOf(given['build-contexts'], /\n/),
    platforms: listOf(given.platforms),
    ...(options.length === 0 ? {} : { options }),
    ...(target === undefined || target === '' ? {} : { target }),
  };
  const outputs = listOf(given.outputs, /\n/);
  noteBuild(session, { build, names, outputs, isPushed: isOn(given.push), by: name, line });
  return {};
}

function namesOf(image: string, tags: string | undefined): readonly string[] {
  const listed = listOf(tags === undefined || tags === '' ? 'latest' : tags, /[\s,]+/);
  return listed.map((tag) => (tag.includes('/') || /:/.test(tag) ? tag : `${image}:${tag}`));
}

function buildah({ given, line }: ActionCall, session: JobSession): Record<string, unknown> {
  const image = given.image ?? '';
  const files = listOf(given.containerfiles ?? given.dockerfiles, /\n/);
  const context = given.context === undefined || given.context === '' ? '.' : given.context;
  const names = namesOf(image, given.tags);
  const usual = session.isThere(joined(context, 'Containerfile')) ? 'Containerfile' : 'Dockerfile';
  const options = actionOptions(withoutInputs(given, plainBuildahInputs), true);
  const stated: StepBuild = {
    dockerfile: files[0] ?? joined(context, usual),
    context,
    args: listOf(given['build-args'], /\n/),
    contexts: [],
    platforms: listOf(given.platforms ?? given.platform),
    ...(options.length === 0 ? {} : { options }),
    // Without a file it puts together what it is given, and several files are one after the other.
    ...(files.length === 1
      ? {}
      : { strange: files.length === 0 ? 'buildah builds it without a Dockerfile' : 'it is built from several files' }),
  };
  const build = startedBuild(session, stated, line);
  for (const name of names) noteBuilt(session, name, build);
  const tags = names.map((name) => name.slice(name.lastIndexOf(':') + 1)).join(' ');
  return { image, tags, 'image-with-tag': names[0] ?? '' };
}

function pushToRegistry({ name, given, line }: ActionCall, session: JobSession): Record<string, unknown> {
  const registry = (given.registry ?? '').replace(/\/$/, '');
  const image = given.image ?? '';
  const locals = namesOf(image, given.tags);
  const names = locals.map((local) =>
    local.startsWith(`${image}:`) && registry !== '' ? `${registry}/${local}` : local,
  );
  locals.forEach((local, at) => {
    noteTag(session, local, names[at] ?? local);
  });
  const build = locals.map((local) => session.built.get(localName(local))).find((one) => one !== undefined);
  publish(session, { names, by: name, line, ...(build === undefined ? {} : { build }) });
  return { 'registry-path': names[0] ?? '', 'registry-paths': JSON.stringify(names) };
}

// Inputs of bake-action that change nothing of what a bake file says is built (its README, Inputs).
const plainBakeInputs =
  /^(?:builder|source|workdir|files|targets|push|load|github-token|metadata-file|list|no-cache|pull)$/;
// What `set` may say and change nothing of it: where caches are, and that the image is pushed.
const plainSetting = /^[^.=]+\.(?:cache-(?:from|to)(?:\+?=|$)|push=true$|output=type=registry$|no-cache=|pull=)/;
const ownFile = /^(?:cwd:\/\/)?(?:\.\/)?docker-bake(?:\.override)?\.(?:json|hcl)$/;

// The bake file itself says what is built, but for what the step lays over it.
function bake({ name, given, line, env = {} }: ActionCall, session: JobSession): Record<string, unknown> {
  const settings = listOf(given.set, /\n/);
  const isPushed =
    isOn(given.push) || settings.some((one) => /\.(?:push=true|output=.*(?:type=registry|push=true))/.test(one));
  // Without either, the file itself may say that it is pushed.
  if (isPushed === false && (/^false$/i.test(given.push ?? '') || isOn(given.load) === true)) return {};
  const folder = given.workdir === undefined || given.workdir === '' ? '.' : given.workdir;
  const open = typeof isPushed === 'string' ? `whether it is pushed depends: ${isPushed}` : undefined;
  const targets = listOf(given.targets);
  const over = laidOver(settings, targets.length > 0);
  const why = open ?? overBake(given, over === undefined || !targets.every(isKnown) ? settings : []);
  const laid = over === undefined || over.length === 0 ? {} : { over, ...(targets.length === 0 ? {} : { targets }) };
  const environment = Object.keys(env);
  noteBake(session, { folder: isKnown(folder) ? folder : undefined, why, environment, ...laid }, name, line);
  return {};
}

// What of `set` changes what is built, where all of it is understood.
function laidOver(settings: readonly string[], saysTargets: boolean): readonly BakeSetting[] | undefined {
  const changing = settings.filter((one) => !plainSetting.test(one));
  const read = changing.map((one): BakeSetting | undefined => {
    const [, pattern, key, name, append, value] =
      /^(\*|[\w-]+)\.(?:(tags|platform|target)|args\.([\w-]+))(\+?)=(.+)$/s.exec(one) ?? [];
    if (pattern === undefined || value === undefined || !isKnown(value)) return undefined;
    // Which targets the default group has is not followed.
    if (pattern === '*' && !saysTargets) return undefined;
    const isAppended = append === '+';
    if (key === 'tags' || key === 'platform') return { pattern, key, isAppended, value };
    if (isAppended) return undefined;
    if (key === 'target') return { pattern, key, isAppended, value };
    return name === undefined ? undefined : { pattern, key: 'arg', name, isAppended, value };
  });
  return read.every((one) => one !== undefined) ? read : undefined;
}

function overBake(given: Readonly<Record<string, string>>, settings: readonly string[]): string | undefined {
  const strange = listOf(given.files).find((file) => !ownFile.test(file));
  const isTags = settings.some((one) => /\.tags\+?=/.test(one)) || (strange !== undefined && !isKnown(strange));
  if (isTags) return 'its tags are laid over those of the bake file';
  const over = Object.keys(given).filter((key) => given[key] !== '' && !plainBakeInputs.test(key));
  const changing = over.filter((key) => key !== 'set' || !settings.every((one) => plainSetting.test(one)));
  if (changing.length > 0)
    return `its ${changing.join(', ')} ${changing.length === 1 ? 'changes' : 'change'} what the bake file says is built, and a refresh goes by the file alone`;
  if (strange !== undefined) return `it reads ${strange}, which is not followed`;
  const source = given.source ?? '';
  return /^(?:\.?|\.\/|\{\{\s*defaultContext\s*\}\})$/.test(source) ? undefined : 'its source is not followed';
}

function opaque({ name, line }: ActionCall, session: JobSession): Record<string, unknown> {
  publish(session, { names: [notKnown(`what ${name} does is not understood`)], by: name, line });
  return {};
}
