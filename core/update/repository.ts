import { createExpansion } from '../discover/interpolate.ts';
import { isPlaceholder } from '../discover/references/find-references.ts';
import { type LocatedReference, referencesIn } from '../discover/references/readers.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import { type ComposeImage, imagesIn } from './compose-images.ts';
import { basesIn, type Variant } from './dockerfile/readings.ts';
import type { Location } from './update.ts';

/** A file whose references can move. */
export type Source = DockerfileSource | ComposeSource | ReferenceSource;

/** A Dockerfile with every way in which the repository builds it. */
export interface DockerfileSource {
  readonly kind: 'dockerfile';
  readonly variants: readonly Variant[];
  /** The file in which it stands as a part, and the line of that on which it begins. */
  readonly inside?: { readonly path: string; readonly firstLine: number };
}

/** A Compose file with the variables that its values may name. */
export interface ComposeSource {
  readonly kind: 'compose';
  readonly env: ReadonlyMap<string, string>;
  /** Services that another file builds. */
  readonly built?: ReadonlySet<string>;
}

/** Another file that names images. */
export interface ReferenceSource {
  readonly kind: 'references';
  /** Names in manifests in whose place kustomize puts others. */
  readonly placeholders: ReadonlySet<string>;
}

/** The files whose references can move, as they are and as edits would make them. */
export interface EditableRepository {
  /** By path relative to the root; one inside another file has a name of its own. */
  readonly sources: ReadonlyMap<string, Source>;
  /** As they are. */
  readonly texts: ReadonlyMap<string, string>;
  /** Those that edits have changed. */
  readonly edited: ReadonlyMap<string, string>;
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
  readonly where:
    | { readonly kind: 'dockerfile'; readonly base: BaseImage; readonly variant: Variant }
    /** In a Dockerfile that is a part of the file. */
    | { readonly kind: 'inside'; readonly variant: Variant }
    | { readonly kind: 'compose'; readonly image: ComposeImage }
    | { readonly kind: 'reference'; readonly located: LocatedReference };
}

/** The text of a file with the edits made so far. */
export function textOfFile({ texts, edited }: EditableRepository, path: string): string {
  return edited.get(path) ?? texts.get(path) ?? '';
}

/** The repository with another text in place of one. */
export function withText(repository: EditableRepository, path: string, text: string): EditableRepository {
  return { ...repository, edited: new Map([...repository.edited, [path, text]]) };
}

/** The uses in one file, in an order that edits of references leave alone; undefined where it cannot be read any more. */
export function usesIn(repository: EditableRepository, path: string): readonly Use[] | undefined {
  const source = repository.sources.get(path);
  if (source === undefined) return [];
  const text = textOfFile(repository, path);
  switch (source.kind) {
    case 'dockerfile':
      return dockerfileUses(repository, path, text, source);
    case 'compose':
      return composeUses(repository, path, text, source);
    case 'references':
      return referenceUses(repository, path, text, source);
  }
}

function dockerfileUses(
  { host }: EditableRepository,
  path: string,
  text: string,
  { variants, inside }: DockerfileSource,
) {
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
  const use = {
    reference,
    via,
    platform: base.platform ?? variant.target,
    isStated: base.platform !== null || variant.isStated,
  };
  if (inside === undefined) return { ...use, path, line, where: { kind: 'dockerfile', base, variant } };
  return { ...use, path: inside.path, line: inside.firstLine + line - 1, where: { kind: 'inside', variant } };
}

function composeUses({ host }: EditableRepository, path: string, text: string, { env, built }: ComposeSource) {
  return imagesIn(text, env, createExpansion(path), built)?.map(
    (image): Use => ({
      reference: image.reference,
      path,
      line: image.line,
      via: 'compose-image',
      platform: image.platform ?? host,
      isStated: image.platform !== undefined,
      where: { kind: 'compose', image },
    }),
  );
}

// A cluster or a pipeline says nothing of its platform: it is taken for that of this machine, as a service of Compose is.
function referenceUses(
  { host }: EditableRepository,
  path: string,
  text: string,
  { placeholders }: ReferenceSource,
): readonly Use[] | undefined {
  const read = referencesIn(path, text);
  if (read.kind === 'broken') return undefined;
  return read.references.flatMap((located): readonly Use[] => {
    const { content, kind: via, line, isArtifact } = located;
    if (content.kind === 'unknown' || isArtifact || isPlaceholder(located, placeholders)) return [];
    const { reference } = content;
    return [{ reference, path, line, via, platform: host, isStated: false, where: { kind: 'reference', located } }];
  });
}

/** The file in a provenance such as "compose.yaml services.web"; undefined where it names none. */
export function statingFile(from: string | undefined): string | undefined {
  return /^(.+) \S+$/.exec(from ?? '')?.[1];
}
