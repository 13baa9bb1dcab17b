import type { ImageConfig, Manifest } from '../oci/manifest.ts';

/** One platform of an image, with its configuration. */
export interface ImageContent {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/**
 * How far an image shows that it stands on a base: wholly; but for dates and labels, which a builder may set too; on its
 * layers under another configuration; or not at all.
 */
export type Standing = 'wholly' | 'but-for-dates' | 'layers-only' | 'elsewhere';

/** Whether the layers of an image begin with those of a base, in order. */
export function beginsWith(image: Manifest, base: Manifest): boolean {
  return base.layers.length > 0 && base.layers.every(({ digest }, at) => image.layers[at]?.digest === digest);
}

/** Holds an image against a base: layers, diffIDs, history, and the configuration that it inherits. */
export function standingOn(image: ImageContent, base: ImageContent): Standing {
  if (!beginsWith(image.manifest, base.manifest)) return 'elsewhere';
  if (!base.config.diffIds.every((digest, at) => image.config.diffIds[at] === digest)) return 'elsewhere';
  const [whole, below] = [historyOf(image.config), historyOf(base.config)];
  const isPrefix = below.every(
    (entry, at) => whole[at]?.created_by === entry.created_by && isEmpty(whole[at]) === isEmpty(entry),
  );
  const own = whole.slice(below.length).map((entry) => String(entry.created_by ?? ''));
  if (!isPrefix || !inherits(image.config.config, base.config.config, own)) return 'layers-only';
  const sameDates = below.every((entry, at) => whole[at]?.created === entry.created);
  const sameLabels = Object.entries(base.config.labels).every(
    ([key, value]) => image.config.labels[key] === value || sets(own, 'LABEL', key),
  );
  return sameDates && sameLabels ? 'wholly' : 'but-for-dates';
}

type Fields = Readonly<Record<string, unknown>>;

function historyOf({ raw }: ImageConfig): readonly Fields[] {
  return Array.isArray(raw.history) ? raw.history : [];
}

function isEmpty(entry: Fields | undefined): boolean {
  return entry?.empty_layer === true;
}

// A field with the instructions that set or reset it (BuildKit, frontend/dockerfile).
const single: readonly (readonly [string, readonly string[]])[] = [
  ['User', ['USER']],
  ['WorkingDir', ['WORKDIR']],
  ['StopSignal', ['STOPSIGNAL']],
  ['Shell', ['SHELL']],
  ['Healthcheck', ['HEALTHCHECK']],
  ['Entrypoint', ['ENTRYPOINT']],
  ['Cmd', ['CMD', 'ENTRYPOINT']],
];

// What a Dockerfile does not set comes down from the base; what it can only add to must be there in full.
function inherits(image: Fields, base: Fields, own: readonly string[]): boolean {
  const environment = variablesIn(image);
  return (
    [...variablesIn(base)].every(([name, value]) => {
      const found = environment.get(name);
      return found === value || (found !== undefined && sets(own, 'ENV', name));
    }) &&
    ['Labels', 'ExposedPorts', 'Volumes'].every((field) => hasKeys(image[field], base[field])) &&
    single.every(
      ([field, instructions]) => same(image[field], base[field]) || instructions.some((word) => sets(own, word)),
    )
  );
}

function variablesIn({ Env }: Fields): ReadonlyMap<string, string> {
  const entries = Array.isArray(Env) ? Env.filter((entry) => typeof entry === 'string') : [];
  return new Map(entries.map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
}

function hasKeys(image: unknown, base: unknown): boolean {
  const keys = Object.keys(image ?? {});
  return Object.keys(base ?? {}).every((key) => keys.includes(key));
}

// Builders leave out what is empty, or write it as null.
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a || null) === JSON.stringify(b || null);
}

/** Whether a history entry is this instruction, `ENV A=1` or `/bin/sh -c #(nop)  ENV A=1`, and sets the key. */
function sets(own: readonly string[], instruction: string, key?: string): boolean {
  const word = new RegExp(`^(?:.*#\\(nop\\))?\\s*${instruction}\\s`);
  const escaped = (key ?? '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const assigned = new RegExp(`[\\s"']${escaped}["']?[=\\s]`);
  return own.some((entry) => word.test(entry) && (key === undefined || assigned.test(entry)));
}
