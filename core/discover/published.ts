import type { StatedOption } from './options.ts';

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
  /** Why it is not fully understood. */
  readonly strange?: string;
  /** Which build of its job it is: the same in every run of its file. */
  readonly step?: string;
}

/** An image that a step publishes. */
export interface Published {
  readonly names: readonly string[];
  /** Undefined where nothing that was read builds it. */
  readonly build?: StepBuild;
  /** What publishes it: "docker push". */
  readonly by: string;
  readonly line: number | undefined;
}

/** What is built under a digest alone, to be named by what puts an index together. */
export interface ByDigest {
  readonly repository: string;
  readonly build: StepBuild;
  readonly by: string;
  readonly line: number | undefined;
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
export function noteTag({ built }: JobSession, from: string, to: string): void {
  const build = built.get(localName(from));
  if (build !== undefined) built.set(localName(to), build);
}

/** Notes that a name is pushed which was built or tagged before. */
export function notePush(session: JobSession, name: string, by: string, line: number | undefined): void {
  const build = session.built.get(localName(name));
  session.published.push({ names: [localName(name)], by, line, ...(build === undefined ? {} : { build }) });
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
  session.published.push({ names, by, line, ...(build === undefined ? {} : { build }) });
}

/** Notes a build, which pushes its names where it says so, or none where it pushes by digest. */
export function noteBuild(
  session: JobSession,
  {
    build: stated,
    names,
    outputs,
    isPushed,
    by,
    line,
  }: {
    readonly build: StepBuild;
    readonly names: readonly string[];
    readonly outputs: readonly string[];
    readonly isPushed: boolean;
    readonly by: string;
    readonly line: number | undefined;
  },
): void {
  const build = startedBuild(session, stated, line);
  for (const name of names) session.built.set(localName(name), build);
  const digestOutput = outputs.find((output) => /(?:^|,)"?push-by-digest=true"?(?:,|$)/.test(output));
  const pushing =
    isPushed || outputs.some((output) => /(?:^|[\n,"])(?:type=registry|push=true)(?:$|[\n,"])/.test(output));
  if (!pushing) return;
  if (digestOutput !== undefined) {
    const [, named] = /(?:^|,)"?name=([^,"]*)/.exec(digestOutput) ?? [];
    for (const repository of named === undefined ? names : [named])
      session.byDigest.push({ repository, build, by, line });
    return;
  }
  const [, named] = /(?:^|,)"?name=([^,"]*)/.exec(outputs.join(',')) ?? [];
  const all = [...names, ...(names.length === 0 && named !== undefined ? [named] : [])];
  session.published.push({ names: all.map(localName), build, by, line });
}
