import { type JobSession, publish } from '../published.ts';
import { notKnown } from '../unknown.ts';

/** A command of a script, its words expanded. */
export interface ProgramCall {
  readonly program: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly variables: ReadonlyMap<string, string>;
  readonly line: number | undefined;
}

/** Notes what a command does with images. */
export type Program = (call: ProgramCall, session: JobSession) => void;

/** Programs that build images without a Dockerfile: they are said, and have no place among the images of Dockerfiles. */
export const programsWithoutDockerfile: Readonly<Record<string, Program>> = {
  ko: (call, session) => {
    if (/^(?:build|publish|apply|resolve|create)$/.test(call.words[0] ?? '')) {
      withoutDockerfile(call, session, [
        call.variables.get('KO_DOCKER_REPO') ?? notKnown('$KO_DOCKER_REPO, which only a run knows'),
      ]);
    }
  },
  pack: (call, session) => {
    if (call.words[0] === 'build' && call.words.some((word) => word.startsWith('--publish')))
      withoutDockerfile(call, session, [call.words[1] ?? '']);
  },
  mvn: maven,
  mvnw: maven,
  gradle: maven,
  gradlew: maven,
  dotnet: (call, session) => {
    const [given] = call.words.filter(
      (word) =>
        /^[-/](?:t|target):PublishContainer$/i.test(word) || /^[-/]p:PublishProfile=DefaultContainer$/i.test(word),
    );
    if (call.words[0] === 'publish' && given !== undefined)
      withoutDockerfile(call, session, [property(call.words, 'ContainerRepository')]);
  },
};

function maven(call: ProgramCall, session: JobSession): void {
  if (!call.words.some((word) => /(?:^|:)(?:jib|jib-maven-plugin:[\w.:-]*build|jib:build)$/.test(word))) return;
  const image = call.words.flatMap(
    (word) => /^(?:-Dimage|-Djib\.to\.image|--image|-Pjib\.to\.image)=(.+)$/.exec(word)?.[1] ?? [],
  );
  withoutDockerfile(
    { ...call, program: 'Jib' },
    session,
    image.length > 0 ? image : [notKnown('the image that the build file of Jib names')],
  );
}

function property(words: readonly string[], name: string): string {
  const found = words
    .map((word) => new RegExp(`^[-/]p:${name}=(.+)$`, 'i').exec(word)?.[1])
    .find((one) => one !== undefined);
  return found ?? notKnown(`the ${name} of the project`);
}

// What no Dockerfile builds has no place among the images of the repository; it is said all the same.
function withoutDockerfile({ program, line }: ProgramCall, session: JobSession, names: readonly string[]): void {
  const strange = `${program} builds it without a Dockerfile`;
  publish(session, {
    names,
    by: program,
    line,
    build: { dockerfile: undefined, context: undefined, args: [], contexts: [], platforms: [], strange },
  });
}
