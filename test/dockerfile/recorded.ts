import { readFileSync } from 'node:fs';
import { type DockerfileReading, readDockerfile } from '../../core/dockerfile/read.ts';
import { parsePlatform } from '../../core/oci/platform.ts';
import { formatReference, parseReference } from '../../core/oci/reference.ts';

/** Where we differ from that version of BuildKit on purpose; each with its reason. */
export const known: Readonly<Record<string, string>> = {
  'cf-parents': 'newer stable frontends take COPY --parents',
  // Dockerfile 1.20 made it stable.
  'run-flags': 'newer stable frontends take RUN --security',
  'ins-RUN --mount=type=bind,from=b,target=/x --network=host --security=insecure x':
    'newer stable frontends take RUN --security',
  h186: 'newer stable frontends take RUN --security',
  'x-sde': 'the value of SOURCE_DATE_EPOCH decides no base image',
};

/** A Dockerfile and what BuildKit 0.25 (Docker 28.5.2) said to it, as test/e2e/corpus.e2e.test.ts asks. */
export interface Recorded {
  readonly name: string;
  readonly text: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  readonly contexts?: Readonly<Record<string, string>>;
  /** The images whose configuration it asked for. */
  readonly images?: readonly string[];
  /** Its words of refusal, and the line where it gave one. */
  readonly refused?: string;
  readonly line?: number;
}

const amd64 = { os: 'linux', architecture: 'amd64' };

/** The recorded answers of a fixture file. */
export function recorded(name: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/dockerfile/${name}.json`, import.meta.url), 'utf8'));
}

/** What we say to the same file. */
export function readRecorded({ text, args, target, platform, contexts }: Recorded): DockerfileReading {
  const wanted = platform === undefined ? amd64 : (parsePlatform(platform) ?? amd64);
  return readDockerfile(text, {
    args: args ?? {},
    contexts: contexts ?? {},
    platforms: { build: amd64, target: wanted },
    ...(target === undefined ? {} : { target }),
  });
}

/** The references that a plain build needs, each once and in order. */
export function neededImages(reading: DockerfileReading): readonly string[] {
  if (reading.kind === 'refused') return [];
  const needed = reading.bases.filter(({ reachable }) => reachable);
  return [...new Set(needed.map(({ reference }) => formatReference(reference)))].sort();
}

/** BuildKit's images in the canonical form: it shows those of build contexts as they were given. */
export function canonical(images: readonly string[]): readonly string[] {
  return [...new Set(images.map((image) => formatReference(parseReference(image))))].sort();
}
