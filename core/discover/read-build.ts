import type { BaseImage, UnknownBase } from '../dockerfile/base-image.ts';
import { type DockerfileReading, type ReadOptions, readDockerfile } from '../dockerfile/read.ts';
import { fail } from '../failure.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Build, DescribedBuild, DetectedDockerfile } from './build.ts';

type Asked = Pick<DescribedBuild, 'dockerfile' | 'target' | 'args' | 'contexts' | 'platforms' | 'dialect'>;

/** A Dockerfile as read for one build. */
export interface ReadBuild {
  readonly dockerfile: DetectedDockerfile;
  /** What the built image fires in what is built on it. */
  readonly triggers: readonly string[];
}

/** ONBUILD triggers of images that the repository builds, by canonical reference. */
export type Triggers = ReadonlyMap<string, readonly string[]>;

/** The bases of one Dockerfile text as a build asks for them, over all its platforms. */
export function readBuild(
  world: Pick<World, 'platform'>,
  text: string,
  asked: Asked,
  inherited: Triggers = new Map(),
): ReadBuild {
  const build = hostPlatform(world);
  const targets = asked.platforms.length === 0 ? [build] : asked.platforms;
  const bases: BaseImage[] = [];
  const unknown: UnknownBase[] = [];
  let triggers: readonly string[] = [];
  for (const target of targets) {
    const reading = readDockerfile(text, {
      args: asked.args,
      contexts: asked.contexts,
      platforms: { build, target },
      triggers: inherited,
      openArguments: true,
      ...(asked.target === undefined ? {} : { target: asked.target }),
      ...dialectIn(asked),
    });
    if (reading.kind === 'refused') return { dockerfile: refused(asked, reading), triggers: [] };
    triggers = reading.triggers;
    unknown.push(...(reading.unknown ?? []));
    bases.push(...(asked.target === undefined ? reading.bases : reading.bases.filter((base) => base.reachable)));
  }
  const path = asked.dockerfile;
  const merged = targets.length === 1 ? bases : mergeBases(bases);
  const also = unknown.length === 0 ? {} : { unknown };
  return { dockerfile: { kind: 'read', path, bases: merged, ...also }, triggers };
}

/** One entry for each use of an image; it is reachable where it is in any of the builds. */
export function mergeBases(bases: readonly BaseImage[]): readonly BaseImage[] {
  const merged = new Map<string, BaseImage>();
  for (const base of bases) {
    const key = keyOf(base);
    const known = merged.get(key);
    const reachable = base.reachable || known?.reachable === true;
    merged.set(key, { ...base, reachable, runtime: base.runtime || known?.runtime === true });
  }
  return [...merged.values()];
}

function keyOf({ reference, raw, via, line, stage, platform }: BaseImage): string {
  const where = platform === null ? null : formatPlatform(platform);
  return JSON.stringify([formatReference(reference), raw, via, line, stage, where]);
}

/** The option that says who reads the Dockerfile of a build. */
export function dialectIn({ dialect }: Pick<Build, 'dialect'>): Pick<ReadOptions, 'dialect'> {
  return dialect === undefined ? {} : { dialect };
}

function refused(
  { dockerfile: path, dialect }: Asked,
  reading: Extract<DockerfileReading, { kind: 'refused' }>,
): DetectedDockerfile {
  const reader = dialect === 'buildah' ? 'Buildah' : 'BuildKit';
  const subject = reading.line === null ? path : `${path}:${reading.line}`;
  const { failure } = fail('dockerfile', subject, reading.detail, `correct it so that ${reader} accepts it`);
  return { kind: 'refused', path, failure, dockerfileCode: reading.code, line: reading.line };
}

// A builder without further word is one of this machine's architecture, and builds Linux images.
function hostPlatform({ platform }: Pick<World, 'platform'>): Platform {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
  const architecture = names[platform.architecture] ?? platform.architecture;
  return { os: 'linux', architecture, ...(architecture === 'arm' ? { variant: 'v7' } : {}) };
}
