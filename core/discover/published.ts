import type { StatedOption } from './options.ts';
import { isKnown, notKnown, reasonIn } from './unknown.ts';

/** How a step builds an image, as far as it states it: texts may have what is not known in them (see unknown.ts). */
export interface StepBuild {
  /** Relative to the root of the repository; undefined where it is not in the repository. */
  readonly dockerfile: string | undefined;
  readonly context: string | undefined;
  readonly target?: string;
  /** `NAME=VALUE`. */
  readonly args: readonly string[];
  readonly contexts: readonly string[];
  readonly platforms: readonly string[];
  /** What else it asks of its builder; absent where it asks nothing. */
  readonly options?: readonly StatedOption[];
  /** Whether its paths count from the commit on the server, and not from what the job has checked out. */
  readonly isOfCommit?: true;
  /** Why it is not fully understood. */
  readonly strange?: string;
  /** Which build of its job it is: the same in every run of its file. */
  readonly step?: string;
  /** Why it may not happen. */
  readonly doubt?: string;
}

/** An image that a step publishes. */
export interface Published {
  readonly names: readonly string[];
  /** Undefined where nothing that was read builds it. */
  readonly build?: StepBuild;
  /** What publishes it: "docker push". */
  readonly by: string;
  readonly line: number | undefined;
  /** Why it may not happen: under a condition that only a run knows. */
  readonly doubt?: string;
  /** Bake publishes what its files name. */
  readonly bake?: BakeRun;
}

/** A run of bake, or of Compose, that pushes: the files of a folder say what it builds, but for what changes that. */
export interface BakeRun {
  /** Present where Compose runs, and not bake. */
  readonly tool?: 'compose';
  /** Undefined where it is not known. */
  readonly folder: string | undefined;
  /** Why the files alone do not say what is published; undefined where they do. */
  readonly why: string | undefined;
  /** Variables that are set around it, which those of the files take their values from. */
  readonly environment: readonly string[];
  /** Targets that it builds, as they are given; the default group when absent. */
  readonly targets?: readonly string[];
  /** What it lays over the files and is understood; nothing when absent. */
  readonly over?: readonly BakeSetting[];
}

/** One line of what a run of bake lays over its files: `app.args.VERSION=2`. */
export interface BakeSetting {
  /** A target, or `*` in its place. */
  readonly pattern: string;
  readonly key: 'tags' | 'platform' | 'target' | 'arg';
  /** Of an argument. */
  readonly name?: string;
  readonly isAppended: boolean;
  readonly value: string;
}

/** What is built under a digest alone, to be named by what puts an index together. */
export interface ByDigest {
  readonly repository: string;
  readonly build: StepBuild;
  readonly by: string;
  readonly line: number | undefined;
  readonly doubt?: string;
}

/** What the steps of a job have built and published by now; what is published by digest belongs to the whole workflow. */
export interface JobSession {
  readonly built: Map<string, StepBuild>;
  /** How many builds each line has started. */
  readonly started: Map<number | undefined, number>;
  readonly published: Published[];
  readonly byDigest: ByDigest[];
  /** Whether a Dockerfile stands at the path. */
  readonly isThere: (path: string) => boolean;
  /** Names by their repository that no push of every tag has taken since they were built: for certain, and perhaps. */
  readonly waiting: Map<string, { readonly sure: Set<string>; readonly doubtful: Set<string> }>;
  /** Why what is done now may not happen; undefined where it does. */
  doubt: string | undefined;
}

/** A job that has done nothing yet. */
export function createJobSession(isThere: JobSession['isThere'], doubt?: string): JobSession {
  return { built: new Map(), started: new Map(), published: [], byDigest: [], isThere, waiting: new Map(), doubt };
}

/** Does something that may not happen, and says why. */
export function underDoubt<T>(session: JobSession, doubt: string | undefined, work: () => T): T {
  const outer = session.doubt;
  session.doubt = outer ?? doubt;
  try {
    return work();
  } finally {
    session.doubt = outer;
  }
}

/** Notes what is published, with what makes it doubtful. */
export function publish(session: JobSession, published: Published): void {
  const doubt = published.doubt ?? session.doubt ?? published.build?.doubt;
  session.published.push(doubt === undefined ? published : { ...published, doubt });
}

/** Notes that a name stands for a build from now on. */
export function noteBuilt({ built, doubt, waiting }: JobSession, name: string, build: StepBuild): void {
  const key = localName(name);
  const repository = key.slice(0, key.lastIndexOf(':'));
  const names = waiting.get(repository) ?? { sure: new Set(), doubtful: new Set() };
  waiting.set(repository, names);
  names.sure.add(key);
  names.doubtful.add(key);
  const before = built.get(key);
  // What may take the place of another build leaves open which of the two it is.
  if (doubt === undefined) built.set(key, build);
  else if (before === undefined || before.step === build.step) built.set(key, { ...build, doubt });
  else built.set(key, { ...build, strange: `whether it is built anew depends: ${doubt}` });
}

/** The local name of an image, as what tags and what pushes it write it alike. */
export function localName(text: string): string {
  const name = text.replace(/^docker:\/\//, '');
  return /:[^/]*$/.test(name) || name.includes('@') ? name : `${name}:latest`;
}

/** A build with the identity of the step that makes it: its line, and which build of that line it is. */
export function startedBuild({ started }: JobSession, build: StepBuild, line: number | undefined): StepBuild {
  const nth = (started.get(line) ?? 0) + 1;
  started.set(line, nth);
  return { ...build, step: `${line ?? ''}#${nth}` };
}

/** Notes what `docker tag` and its kin do. */
export function noteTag(session: JobSession, from: string, to: string): void {
  const build = session.built.get(localName(from));
  if (build !== undefined) noteBuilt(session, to, build);
}

/** Notes that bake runs and pushes what its files name. */
export function noteBake(session: JobSession, bake: BakeRun, by: string, line: number | undefined): void {
  const why = bake.why ?? session.doubt;
  const names = bake.why === undefined ? [] : [notKnown(bake.why)];
  publish(session, { names, by, line, bake: { ...bake, why } });
}

/** Notes that a name is pushed which was built or tagged before. */
export function notePush(session: JobSession, name: string, by: string, line: number | undefined): void {
  const build = session.built.get(localName(name));
  publish(session, { names: [localName(name)], by, line, ...(build === undefined ? {} : { build }) });
}

/** Notes that every tag of a repository is pushed: each once, however often that is done; false where none is there. */
export function noteEveryPush(session: JobSession, repository: string, by: string, line: number | undefined): boolean {
  const names = session.waiting.get(repository);
  if (names === undefined) return false;
  const pushed = session.doubt === undefined ? names.sure : names.doubtful;
  for (const name of pushed) notePush(session, name, by, line);
  pushed.clear();
  return true;
}

/** Notes what an index is put together of: images by digest that other steps have pushed to its repository. */
export function noteIndex(
  session: JobSession,
  names: readonly string[],
  sources: readonly string[],
  by: string,
  line: number | undefined,
): void {
  const build = sources.map((source) => session.built.get(localName(source))).find((one) => one !== undefined);
  publish(session, { names, by, line, ...(build === undefined ? {} : { build }) });
}

/** A build as its step states it, and whether it is pushed: a reason where only a run knows. */
export interface MadeBuild {
  readonly build: StepBuild;
  readonly names: readonly string[];
  readonly outputs: readonly string[];
  readonly isPushed: boolean | string;
  readonly by: string;
  readonly line: number | undefined;
}

/** Notes a build, which pushes its names where it says so, or none where it pushes by digest. */
export function noteBuild(session: JobSession, { build: stated, names, outputs, isPushed, by, line }: MadeBuild): void {
  const build = startedBuild(session, stated, line);
  for (const name of names) noteBuilt(session, name, build);
  const digestOutput = outputs.find((output) => /(?:^|,)"?push-by-digest=true"?(?:,|$)/.test(output));
  const isOutput = outputs.some((output) => /(?:^|[\n,"])(?:type=registry|push=true)(?:$|[\n,"])/.test(output));
  const open = outputs.find((output) => !isKnown(output) && /(?:^|[\n,"])push=[^,]*\0|^\0/.test(output));
  const pushing = isOutput || isPushed === true || (open === undefined ? isPushed : reasonIn(open));
  if (pushing === false) return;
  const doubt = pushing === true ? (session.doubt ?? build.doubt) : `whether it is pushed depends: ${pushing}`;
  const doubtful = doubt === undefined ? {} : { doubt };
  if (digestOutput !== undefined) {
    const [, named] = /(?:^|,)"?name=([^,"]*)/.exec(digestOutput) ?? [];
    for (const repository of named === undefined ? names : [named])
      session.byDigest.push({ repository, build, by, line, ...doubtful });
    return;
  }
  const [, named] = /(?:^|,)"?name=([^,"]*)/.exec(outputs.join(',')) ?? [];
  const all = [...names, ...(names.length === 0 && named !== undefined ? [named] : [])];
  publish(session, { names: all.map(localName), build, by, line, ...doubtful });
}
