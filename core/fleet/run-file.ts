import * as v from 'valibot';
import { fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';

/** Where a planned image stands before its leg begins. */
export type PlannedState = 'planned' | 'unknown' | 'held';
/** What its legs need: `rebase` swaps layers and needs no builder. */
export type Lane = 'rebase' | 'build';

const text = v.pipe(v.string(), v.maxLength(4096));
const digest = v.custom<Digest>((input) => typeof input === 'string' && asDigest(input) !== undefined, 'no digest');
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const lane = v.picklist(['rebase', 'build']);

const failure = v.strictObject({
  code: text,
  subject: text,
  detail: text,
  remedy: v.exactOptional(text),
  retryable: v.boolean(),
});

const base = v.strictObject({
  reference: text,
  /** What its tag named when it was planned; null of a base that the run itself makes anew. */
  digest: v.nullable(digest),
  via: text,
  line: count,
});

const image = v.strictObject({
  name: text,
  /** Of a fleet: the repository that builds it. */
  repository: v.exactOptional(text),
  dockerfile: text,
  target: v.nullable(text),
  platforms: v.array(text),
  /** What each release tag named: it must name that still, or what this very plan made of it. */
  releases: v.array(v.strictObject({ reference: text, digest: v.nullable(digest) })),
  source: v.strictObject({ revision: v.nullable(text), from: text }),
  bases: v.array(base),
  /** The images of the plan that it is built on. */
  parents: v.array(text),
  recipe: sha256,
  because: v.array(text),
  /** What sets its build apart from the last one of the same inputs; null where they differ. */
  epoch: v.nullable(sha256),
  /** Whether nothing but a trial build shows that it is worth a promotion. */
  trial: v.boolean(),
  lane,
  level: count,
  seconds: v.pipe(v.number(), v.minValue(0)),
  /** How it was found: what was not current is so by a promotion alone. */
  verdict: v.picklist(['current', 'stale', 'unrecorded', 'lacks-platform', 'unknown']),
  state: v.picklist(['planned', 'unknown', 'held']),
  failure: v.nullable(failure),
});

const leg = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}\/[1-9]\d{0,4}$/)),
  name: text,
  level: count,
  lane,
  /** The one platform that it builds, of images that have several; whoever makes the last joins them. */
  platform: v.exactOptional(text),
  seconds: v.pipe(v.number(), v.minValue(0)),
  images: v.array(text),
});

const repository = v.strictObject({
  name: text,
  url: text,
  ref: v.nullable(text),
  commit: text,
  policy: digest,
  settings: digest,
  /** Whose records of promotions its legs believe; its own file may want signatures where the run wants none. */
  records: digest,
  /** Inputs for its images alone. */
  inputs: v.array(v.strictObject({ name: text, value: v.string() })),
});

/** The form of run.json: what is not known here is refused, since a leg would go past it. */
export const runSchema = v.strictObject({
  schemaVersion: v.literal(1),
  kind: v.literal('run'),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  at: v.pipe(text, v.isoTimestamp()),
  product: text,
  host: v.strictObject({
    kind: v.picklist(['cli', 'github', 'azure']),
    legs: count,
    characters: count,
    bytes: count,
  }),
  policy: v.strictObject({ digest }),
  settings: v.strictObject({ digest }),
  /** Whose records of promotions its legs believe: a report that believes others takes nothing from the registry. */
  records: v.strictObject({ digest }),
  /** What was checked out; null outside of git. */
  commit: v.nullable(text),
  /** Of a plan that was limited to some bases, files or one folder: other images are in none of its documents. */
  partial: v.exactOptional(v.literal(true)),
  /** Of a fleet, whose legs check out what they build; absent where the run is of what is checked out. */
  repositories: v.exactOptional(v.array(repository)),
  images: v.array(image),
  legs: v.array(leg),
  totals: v.strictObject({ planned: count, current: count, unknown: count, held: count }),
});

/** A run as a document: what was planned, and which leg does what. */
export type RunFile = v.InferOutput<typeof runSchema>;
export type ListedImage = RunFile['images'][number];
export type FleetRepository = NonNullable<RunFile['repositories']>[number];
export type RunLeg = RunFile['legs'][number];

/** The bytes of a run. */
export function serialiseRun(run: RunFile): string {
  return `${JSON.stringify(run)}\n`;
}

/** Whether a document says of itself that it is a run. */
export function isRun(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'kind' in document && document.kind === 'run';
}

/** Reads a run; throws `usage` for what is not one, of another version, or says what is not known here. */
export function parseRun(content: string, file: string): RunFile {
  const document = documentIn(content, file);
  if (!isRun(document)) throw notRun(file, 'is not the run.json of a plan');
  const version = typeof document === 'object' && document !== null && 'schemaVersion' in document;
  if (!version || document.schemaVersion !== 1) {
    const found = version ? String(JSON.stringify(document.schemaVersion)).slice(0, 40) : 'none';
    throw notRun(file, `has schemaVersion ${found}, and only 1 is known here`, 'use the version that wrote it');
  }
  const read = v.safeParse(runSchema, document, { abortEarly: true });
  if (read.success) return checked(read.output, file);
  const [issue] = read.issues;
  throw notRun(file, `${v.getDotPath(issue) ?? 'the document'}: ${issue.message.slice(0, 300)}`);
}

// A leg does what is listed, so the list has to be whole: each planned image in one leg, or in one of each of its platforms,
// and each leg by its own number.
function checked(run: RunFile, file: string): RunFile {
  const native = new Set(run.legs.flatMap(({ platform, images }) => (platform === undefined ? [] : images)));
  const part = (name: string, platform: string | undefined) => JSON.stringify([name, platform ?? null]);
  const inLegs = run.legs.flatMap(({ images, platform }) => images.map((name) => part(name, platform)));
  const planned = run.images
    .filter(({ state }) => state === 'planned')
    .flatMap(({ name, platforms }) =>
      native.has(name) ? platforms.map((platform) => part(name, platform)) : [part(name, undefined)],
    );
  const isWhole = inLegs.length === planned.length && new Set([...inLegs, ...planned]).size === planned.length;
  const isNumbered = run.legs.every(({ id }, at) => id === `${at + 1}/${run.legs.length}`);
  if (isWhole && isNumbered) return run;
  throw notRun(file, 'its legs are not the images that are planned, each once');
}

function documentIn(content: string, file: string): unknown {
  try {
    return parseJson(content);
  } catch {
    throw notRun(file, 'is not valid JSON');
  }
}

function notRun(file: string, detail: string, remedy = 'give the run.json that plan has saved') {
  return fail('usage', file, detail, remedy);
}
