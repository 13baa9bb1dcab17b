import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import { type ComposeFile, imagesIn } from './compose-images.ts';
import { basesIn, type Variant } from './dockerfile/readings.ts';
import type { Location } from './update.ts';

/** A Dockerfile with every way in which the repository builds it. */
export interface DockerfileSource {
  /** Under which its text is kept: its path, and for one inside another file a name of its own. */
  readonly path: string;
  /** The file in which it stands as a part. */
  readonly inside?: { readonly path: string; readonly firstLine: number };
  readonly variants: readonly Variant[];
}

/** The files whose references can move, as they are or as edits would make them. */
export interface Repository {
  /** By path relative to the root. */
  readonly texts: ReadonlyMap<string, string>;
  readonly dockerfiles: readonly DockerfileSource[];
  readonly composeFiles: readonly ComposeFile[];
  /** Where builds run, as far as this machine can tell. */
  readonly host: Platform;
}

/** One use of an image in one way of building. */
export interface Use {
  readonly reference: Reference;
  readonly path: string;
  readonly line: number;
  readonly via: Location['via'];
  /** The platform that it is used on, and whether anything but this machine says so. */
  readonly platform: Platform;
  readonly isStated: boolean;
  /** Whether the path is that of a file in which the Dockerfile is only a part. */
  readonly isInside?: boolean;
  readonly where:
    | { readonly kind: 'dockerfile'; readonly base: BaseImage; readonly variant: Variant }
    | { readonly kind: 'compose'; readonly service: string };
}

/** The uses in one file, in an order that edits of references leave alone; undefined where it cannot be read any more. */
export function usesIn(repository: Repository, path: string): readonly Use[] | undefined {
  const dockerfile = repository.dockerfiles.find((source) => source.path === path);
  if (dockerfile !== undefined) return dockerfileUses(repository, dockerfile);
  const compose = repository.composeFiles.find((source) => source.path === path);
  return compose === undefined ? [] : composeUses(repository, compose);
}

function dockerfileUses({ texts, host }: Repository, { path, variants, inside }: DockerfileSource) {
  const text = texts.get(path) ?? '';
  const uses: Use[] = [];
  for (const variant of variants) {
    const bases = basesIn(text, variant, host);
    if (bases === undefined) return undefined;
    uses.push(...bases.map((base) => useOf(path, base, variant, inside)));
  }
  return uses;
}

function useOf(path: string, base: BaseImage, variant: Variant, inside: DockerfileSource['inside']): Use {
  const { reference, line, via } = base;
  return {
    reference,
    path: inside?.path ?? path,
    line: inside === undefined ? line : inside.firstLine + line - 1,
    via,
    isInside: inside !== undefined,
    platform: base.platform ?? variant.target,
    isStated: base.platform !== null || variant.isStated,
    where: { kind: 'dockerfile', base, variant },
  };
}

function composeUses({ texts, host }: Repository, file: ComposeFile): readonly Use[] | undefined {
  return imagesIn(texts.get(file.path) ?? '', file.env)?.map(({ service, reference, line, platform }) => ({
    reference,
    path: file.path,
    line,
    via: 'compose-image',
    platform: platform ?? host,
    isStated: platform !== undefined,
    where: { kind: 'compose', service },
  }));
}

/** Every path that has uses. */
export function pathsOf({ dockerfiles, composeFiles }: Repository): readonly string[] {
  return [...dockerfiles, ...composeFiles].map(({ path }) => path);
}

/** The repository with other texts. */
export function withText(repository: Repository, path: string, text: string): Repository {
  return { ...repository, texts: new Map([...repository.texts, [path, text]]) };
}
