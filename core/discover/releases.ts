import { fail } from '../failure.ts';
import { familiar, formatReference, namedTag, type Reference, sameRepository, type TagName } from '../oci/reference.ts';
import { configFileName } from '../product.ts';
import { quoted } from '../settings/value.ts';
import type { PlannedBuild, PublishedAs } from './apply-entries.ts';
import type { DescribedBuild, Sibling } from './build.ts';
import { isContainerfileName } from './file-names.ts';
import type { RunSubject } from './subject.ts';

/** The builds with the release tags of their images; throws `usage` where it is not known to which of them an image belongs. */
export function withReleases(
  config: Pick<RunSubject, 'imageInputs' | 'tags' | 'tagsOfRepository' | 'engine' | 'isElsewhere'>,
  builds: readonly PlannedBuild[],
): readonly DescribedBuild[] {
  refuseUnknownNames(config, builds);
  const released = builds.map(({ entry, image, ...planned }) => {
    const dialect = dialectOf(planned, entry?.engine ?? config.engine);
    const build = dialect === undefined ? planned : { ...planned, dialect };
    const found = imageFor(config, { ...build, ...(entry === undefined ? {} : { entry }) }) ?? image;
    if (found === undefined) return { ...build, releases: [] };
    const tags = entry !== undefined && entry.tags.length > 0 ? entry.tags : config.tags;
    const { reference, from } = found;
    if (entry?.tagRule !== undefined && from !== byInput) {
      const { registry, repository } = reference;
      const chosen = { repository: { registry, repository }, rule: entry.tagRule, tags: entry.tags };
      return { ...build, releases: [], chosen, provenance: { ...build.provenance, image: from } };
    }
    if (from === byInput && config.tagsOfRepository === true) refuseOtherRepository(build.name, reference, tags);
    const said = tags.length > 0 ? tags.map((tag) => namedTag(reference, tag)) : [reference];
    const releases = tags.length > 0 || found.more === undefined ? said : [...said, ...found.more];
    return { ...build, releases, provenance: { ...build.provenance, image: from } };
  });
  return released.map((build) => withSiblings(build, released));
}

// Podman and Buildah read what they build, and a Containerfile is written for them unless another engine is asked for.
function dialectOf(
  { dockerfile, inline }: Pick<DescribedBuild, 'dockerfile' | 'inline'>,
  engine = 'auto',
): DescribedBuild['dialect'] {
  if (engine === 'podman' || engine === 'buildah') return 'buildah';
  return engine === 'auto' && inline === undefined && isContainerfileName(dockerfile) ? 'buildah' : undefined;
}

type Released = DescribedBuild & Pick<PlannedBuild, 'siblings'>;

// What another build makes is known to engines, and to the registry, as the image that it publishes.
function withSiblings({ siblings, ...build }: Released, all: readonly Released[]): DescribedBuild {
  if (siblings === undefined) return build;
  const contexts = Object.entries(build.contexts).map(([name, context]) => {
    const sibling = siblings[name];
    const other = sibling === undefined ? undefined : publishedBy(sibling, all);
    // What a rule is yet to choose is not what a file says.
    const image = other?.chosen === undefined ? (other?.releases[0] ?? sibling?.image) : undefined;
    return [name, image === undefined ? context : `docker-image://${familiar(image)}`] as const;
  });
  return { ...build, contexts: Object.fromEntries(contexts) };
}

function publishedBy({ name, dockerfile, target, image }: Sibling, all: readonly Released[]): Released | undefined {
  const same = all.filter((build) => build.dockerfile === dockerfile && build.target === target);
  const stated = image === undefined ? undefined : formatReference(image);
  return (
    same.find(({ releases }) => releases.some((release) => formatReference(release) === stated)) ??
    same.find((build) => build.name === name) ??
    (same.length === 1 ? same[0] : undefined)
  );
}

function imageFor(
  { imageInputs }: Pick<RunSubject, 'imageInputs'>,
  { name, entry }: PlannedBuild,
): PublishedAs | undefined {
  const given = imageInputs[name] ?? imageInputs[''];
  if (given !== undefined) return { reference: given, from: byInput };
  return entry?.image === undefined ? undefined : { reference: entry.image, from: configFileName };
}

const byInput = 'the image input';

// Where the run says where an image is published, no file of the repository has it published elsewhere too.
function refuseOtherRepository(name: string, image: Reference, tags: readonly TagName[]): void {
  const other = tags.find((tag) => !sameRepository(namedTag(image, tag), image));
  if (other === undefined) return;
  const { registry, repository } = image;
  const detail = `tags of ${name} name ${familiar(namedTag(image, other))}, and the run says that it is published in ${familiar({ registry, repository })}`;
  throw fail('config', configFileName, detail, 'give every tag by the input tags, or leave the input image out');
}

function refuseUnknownNames(
  { imageInputs, isElsewhere }: Pick<RunSubject, 'imageInputs' | 'isElsewhere'>,
  builds: readonly PlannedBuild[],
): void {
  const names = builds.map(({ name }) => name);
  const listed =
    names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  if (imageInputs[''] !== undefined && builds.length > 1) {
    const detail = `one image was given, but the repository builds ${names.length}: ${listed}`;
    throw fail('usage', 'image', detail, 'write NAME=REFERENCE for each, or choose one with file');
  }
  const [given] = Object.keys(imageInputs);
  if (given !== undefined && builds.length === 0) {
    const detail = 'an image was given, but no Dockerfile was found';
    throw fail('usage', 'image', detail, 'check the path and the include and exclude patterns');
  }
  // At another commit an image may not have been there yet.
  if (isElsewhere === true) return;
  const unknown = Object.keys(imageInputs).find((name) => name !== '' && !names.includes(name));
  if (unknown === undefined) return;
  throw fail('usage', 'image', `the repository builds no image called ${quoted(unknown)}`, `name one of ${listed}`);
}
