import { append } from '../append.ts';
import type { Config } from '../config/model.ts';
import type { DetectedDockerfile } from '../discover/build.ts';
import { findBuilds } from '../discover/builds.ts';
import { readDockerfiles } from '../discover/discover.ts';
import { emptiness } from '../discover/emptiness.ts';
import { mergeBases } from '../discover/read-build.ts';
import { withReleases } from '../discover/releases.ts';
import type { Notice } from '../discover/stated.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Failure } from '../failure.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { DetectDocument } from '../report/detect-table.ts';

/** What `detect` answers: its document, and what could not be looked at. */
export interface Detection {
  readonly document: DetectDocument;
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
  /** Files that have the name of a Dockerfile and are not one. */
  readonly leftOut: readonly string[];
}

/** Lists the images that every Dockerfile is built on; no registry is asked. */
export async function detect(world: World, config: Config): Promise<Detection> {
  const { builds, plain, failures: unread, notices } = await findBuilds(world, config);
  const paths = builds.map(({ dockerfile }) => dockerfile);
  const failures = [...unread, ...emptiness(config, paths, unread)];
  // Names given for images are of no concern here: only those of the configuration file can be of a parent.
  const released = withReleases({ ...config, imageInputs: {} }, builds);
  const asked = released.map(({ target: _configured, ...build }) => ({
    ...build,
    ...(config.target === undefined ? {} : { target: config.target }),
  }));
  const read = await readDockerfiles(world, config, asked, plain);
  const byPath = new Map<string, DetectedDockerfile[]>();
  for (const { dockerfile } of read) {
    append(byPath, dockerfile.path, dockerfile);
  }
  const dockerfiles = [...byPath.values()].map(detected);
  const leftOut = [...new Set(paths)].filter((path) => !byPath.has(path));
  const given = read.flatMap(({ dockerfile }) => givenByArguments(dockerfile));
  return { document: { schemaVersion: 1, dockerfiles }, failures, notices: [...notices, ...given], leftOut };
}

// One entry for each such line: the other bases of the file are known all the same.
function givenByArguments(dockerfile: DetectedDockerfile): readonly Notice[] {
  const unknown = dockerfile.kind === 'read' ? (dockerfile.unknown ?? []) : [];
  return unknown.flatMap(({ raw, line, argument }) => {
    if (argument === undefined) return [];
    const detail = `${raw} is given by the build argument ${argument}`;
    return [{ subject: `${dockerfile.path}:${line}`, detail, remedy: `give it with --build-arg ${argument}=VALUE` }];
  });
}

type Detected = DetectDocument['dockerfiles'][number];

// A file that several images are built from is shown once, with the bases of them all.
function detected(readings: readonly DetectedDockerfile[]): Detected {
  const refused = readings.find((reading) => reading.kind === 'refused');
  const path = readings[0]?.path ?? '';
  if (refused !== undefined) {
    const { dockerfileCode: code, line, failure } = refused;
    return { path, failure: { code, line, detail: failure.detail }, bases: [] };
  }
  const bases = readings.flatMap((reading) => (reading.kind === 'read' ? reading.bases : []));
  return { path, failure: null, bases: (readings.length === 1 ? bases : mergeBases(bases)).map(shown) };
}

function shown({ reference, raw, via, line, stage, reachable, platform }: BaseImage): Detected['bases'][number] {
  return {
    reference: formatReference(reference),
    raw,
    via,
    line,
    stage,
    reachable,
    platform: platform === null ? null : formatPlatform(platform),
  };
}
