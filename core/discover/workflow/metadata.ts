import { RE2JS, RE2JSException } from 're2js';
import { parse as parseVersion, prerelease, valid } from 'semver';
import type { Cost } from '../cost.ts';
import { isKnown, notKnown, reasonIn } from '../unknown.ts';
import {
  type Flavor,
  listInput,
  metadataImages,
  NotUnderstood,
  readFlavor,
  readTagLine,
  type TagLine,
} from './metadata-inputs.ts';
import type { Publication } from './publications.ts';

/** Inputs of docker/metadata-action that make names, with what is known filled in. */
export interface MetadataInputs {
  readonly images: string;
  readonly tags: string;
  readonly flavor: string;
}

/** What docker/metadata-action answers: references, or tags alone where it is given no images. What is not known of one says why. */
export interface Metadata {
  readonly version: string;
  readonly tags: readonly string[];
  readonly tagNames: readonly string[];
}

const whenAbsent = 'type=schedule\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr';
const mostNames = 2_000;

/** Makes the names that docker/metadata-action makes in such a run (its src/meta.ts). */
export function metadataOf(inputs: MetadataInputs, publication: Publication, cost: Cost): Metadata {
  try {
    const flavor = readFlavor(inputs.flavor);
    const written = listInput(inputs.tags);
    const lines = (written.length > 0 ? written : listInput(whenAbsent)).map(readTagLine);
    const tagNames = namesOf(lines, flavor, publication);
    const images = metadataImages(inputs.images);
    cost.values(images.length * tagNames.length);
    if (images.length * tagNames.length > mostNames) throw new NotUnderstood(`more than ${mostNames} names`);
    const tags = images.length === 0 ? tagNames : images.flatMap((image) => tagNames.map((tag) => `${image}:${tag}`));
    cost.characters(tags.join('').length);
    return { version: tagNames[0] ?? '', tags, tagNames };
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    const nothing = notKnown(`docker/metadata-action: ${error.message}`);
    return { version: nothing, tags: [nothing], tagNames: [nothing] };
  }
}

interface Made {
  /** Empty where the line makes no tag in this run. */
  readonly value: string;
  /** What "latest" comes to where this is the first tag. */
  readonly isLatest: boolean;
  /** It may make no tag. */
  readonly isUncertain?: boolean;
}

const nothing: Made = { value: '', isLatest: false };

function namesOf(lines: readonly TagLine[], flavor: Flavor, publication: Publication): readonly string[] {
  const order = lines.toSorted((a, b) => Number(b.attributes.get('priority')) - Number(a.attributes.get('priority')));
  const names = new Set<string>();
  let latest: boolean | 'uncertain' | undefined;
  for (const line of order) {
    const made = madeOf(line, publication);
    if (made.value === '') continue;
    const value = decorated(made.value, line, flavor, publication);
    names.add(isKnown(value) ? sanitised(value) : notKnown(`${line.text}: ${reasonIn(value)}`));
    // "latest" is decided once, by the first line that makes a tag.
    if (latest === undefined) latest = made.isUncertain === true ? 'uncertain' : made.isLatest;
  }
  const said = flavor.latest === 'auto' ? (latest ?? false) : latest === undefined ? false : flavor.latest;
  if (said === true || said === 'true') names.add(latestOf(flavor, publication));
  else if (said !== false && said !== 'false')
    names.add(notKnown('whether latest is one of the tags depends on the run'));
  return [...names];
}

function latestOf(flavor: Flavor, publication: Publication): string {
  const prefix = flavor.prefixLatest ? expanded(flavor.prefix, publication) : '';
  const suffix = flavor.suffixLatest ? expanded(flavor.suffix, publication) : '';
  const name = `${prefix}latest${suffix}`;
  return isKnown(name) ? sanitised(name) : notKnown(`latest: ${reasonIn(name)}`);
}

function sanitised(tag: string): string {
  return tag.replace(/[^a-zA-Z0-9._-]+/g, '-');
}

// A line that has a prefix or suffix of its own, even an empty one, takes none of the flavor.
function decorated(value: string, { attributes }: TagLine, flavor: Flavor, publication: Publication): string {
  const prefix = attributes.get('prefix') ?? flavor.prefix;
  const suffix = attributes.get('suffix') ?? flavor.suffix;
  return expanded(prefix, publication) + value + expanded(suffix, publication);
}

function madeOf(line: TagLine, publication: Publication): Made {
  const enable = expanded(line.attributes.get('enable') ?? 'true', publication);
  if (!isKnown(enable)) return { value: notKnown(`enable: ${reasonIn(enable)}`), isLatest: false, isUncertain: true };
  if (enable !== 'true' && enable !== 'false')
    throw new NotUnderstood(`${line.text}: enable is neither true nor false`);
  return enable === 'false' ? nothing : (makers[line.type] ?? (() => nothing))(line, publication);
}

type Maker = (line: TagLine, publication: Publication) => Made;

const makers: Readonly<Record<string, Maker>> = {
  schedule: ({ attributes }, { event }) => {
    if (event !== 'schedule') return nothing;
    const pattern = attributes.get('pattern') ?? '';
    return { value: pattern.includes('{{') ? notKnown('a date is of its run alone') : pattern, isLatest: false };
  },
  semver: (line, publication) => versionMade(line, publication),
  pep440: (line, publication) => versionMade(line, publication),
  match: matchMade,
  edge: ({ attributes }, { refType, ref, isDefault }) => {
    if (refType !== 'branch') return nothing;
    const branch = attributes.get('branch') ?? '';
    const isEdge = branch === '' ? isDefault : isKnown(ref) && isKnown(branch) ? branch === ref : undefined;
    if (isEdge === undefined)
      return {
        value: notKnown('the name of the default branch is not known here'),
        isLatest: false,
        isUncertain: true,
      };
    return isEdge ? { value: 'edge', isLatest: false } : nothing;
  },
  ref: ({ attributes }, { refType, ref }) =>
    attributes.get('event') === refType ? { value: ref, isLatest: refType === 'tag' } : nothing,
  raw: ({ attributes }, publication) => ({
    value: expanded(attributes.get('value') ?? '', publication),
    isLatest: false,
  }),
  sha: () => ({ value: notKnown('a commit is of its run alone'), isLatest: false }),
};

// What a line is about: its value, or the name of the tag that started the run.
function subjectOf({ attributes }: TagLine, publication: Publication): string {
  const value = attributes.get('value') ?? '';
  if (value !== '') return expanded(value, publication);
  return publication.refType === 'tag' ? publication.ref.replaceAll('/', '-') : '';
}

function versionMade(line: TagLine, publication: Publication): Made {
  const subject = subjectOf(line, publication);
  if (subject === '') return nothing;
  const isReleaseTag = (line.attributes.get('value') ?? '') === '';
  const narrowed =
    (line.attributes.get('match') ?? '') === '' ? subject : notKnown('its attribute match is not understood');
  if (!isKnown(narrowed)) {
    // The newest release is a stable version, whichever it is.
    const isPlain = isReleaseTag && narrowed === subject;
    return { value: narrowed, isLatest: isPlain, ...(isPlain ? {} : { isUncertain: true }) };
  }
  if (line.type === 'pep440' && !/^v?\d+\.\d+\.\d+$/.test(narrowed))
    return {
      value: notKnown(`${narrowed} is a version of a form that is not understood`),
      isLatest: false,
      isUncertain: true,
    };
  const version = valid(narrowed) === null ? null : parseVersion(narrowed);
  if (version === null) return nothing;
  const pattern = line.attributes.get('pattern') ?? '';
  const isBefore = prerelease(narrowed) !== null;
  const values = {
    raw: version.raw,
    version: version.version,
    major: version.major,
    minor: version.minor,
    patch: version.patch,
  };
  const used = isBefore && pattern.replace(/\s/g, '') !== '{{raw}}' ? '{{version}}' : pattern;
  const value = used.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) =>
    String(Object.entries(values).find(([key]) => key === name)?.[1] ?? notKnown(`{{${name}}} is not known`)),
  );
  return {
    value: value.includes('{{') ? notKnown(`the pattern ${pattern} is not understood`) : value,
    isLatest: !isBefore,
  };
}

// What is compiled costs memory for each sign of it.
const longestPattern = 200;

function matchMade(line: TagLine, publication: Publication): Made {
  const subject = subjectOf(line, publication);
  if (subject === '') return nothing;
  const uncertain = (why: string): Made => ({ value: notKnown(why), isLatest: true, isUncertain: true });
  if (!isKnown(subject)) return uncertain(reasonIn(subject));
  const pattern = line.attributes.get('pattern') ?? '';
  const [, source = pattern, flags = ''] = /^\/([\s\S]+)\/(.*)$/.exec(pattern) ?? [];
  if (!isKnown(pattern) || pattern.length > longestPattern || !/^i?$/.test(flags))
    return uncertain(`the pattern ${isKnown(pattern) ? pattern : reasonIn(pattern)} is not understood`);
  try {
    const matcher = RE2JS.compile(source, flags === 'i' ? RE2JS.CASE_INSENSITIVE : 0).matcher(subject);
    const group = Number(line.attributes.get('group'));
    if (!matcher.find() || !Number.isInteger(group) || group > matcher.groupCount()) return nothing;
    return { value: matcher.group(group) ?? '', isLatest: true };
  } catch (error) {
    if (error instanceof RE2JSException || error instanceof RangeError)
      return uncertain(`the pattern ${pattern} is not understood`);
    throw error;
  }
}

/** The text with the expressions of the action itself filled in, such as `{{branch}}`. */
function expanded(text: string, { refType, ref, isDefault, event }: Publication): string {
  return text.replace(/\{\{([^{}]*)\}\}/g, (whole, inside: string) => {
    const name = inside.trim();
    if (name === 'branch') return refType === 'branch' ? ref : '';
    if (name === 'tag') return refType === 'tag' ? ref : '';
    if (name === 'is_default_branch' || name === 'is_not_default_branch') {
      const isOn = refType === 'tag' ? event === 'schedule' : isDefault;
      if (isOn === undefined) return notKnown('which branch is the default one is not known here');
      return String(isOn === (name === 'is_default_branch'));
    }
    return notKnown(`${whole} is of its run alone`);
  });
}
