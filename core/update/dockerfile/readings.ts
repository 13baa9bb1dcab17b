import type { Build } from '../../discover/build.ts';
import { dialectIn } from '../../discover/read-build.ts';
import type { BaseImage } from '../../dockerfile/base-image.ts';
import { readDockerfile } from '../../dockerfile/read.ts';
import type { Failure } from '../../failure.ts';
import type { Platform } from '../../oci/platform.ts';

/** One way in which a Dockerfile is built. */
export interface Variant {
  readonly build: Pick<Build, 'name' | 'args' | 'contexts' | 'platforms' | 'provenance' | 'releases' | 'dialect'>;
  /** What it is built for. */
  readonly target: Platform;
  /** Whether anything says that it is built for this. */
  readonly isStated: boolean;
  /** Why it is not known what it is built for, though it could be. */
  readonly unknown?: Failure;
}

/** The variants of a build: one for each of its platforms, for that of the host where none is stated. */
export function platformVariants(build: Variant['build'], host: Platform): readonly Variant[] {
  if (build.platforms.length === 0) return [{ build, target: host, isStated: false }];
  return build.platforms.map((target) => ({ build, target, isStated: true }));
}

/** The images of every stage, needed by the build's target or not; undefined where BuildKit would refuse the file. */
export function basesIn(text: string, { build, target }: Variant, host: Platform): readonly BaseImage[] | undefined {
  const { args, contexts } = build;
  const reading = readDockerfile(text, {
    args,
    contexts,
    platforms: { build: host, target },
    ...dialectIn(build),
  });
  return reading.kind === 'read' ? reading.bases : undefined;
}
