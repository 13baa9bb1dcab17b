import * as v from 'valibot';
import { fail } from '../failure.ts';
import { mappingOf, parseJson } from '../json.ts';
import { given } from '../table.ts';
import { plainJson } from '../untrusted.ts';
import { asDigest, type Digest } from './digest.ts';
import { type Descriptor, type ImageConfig, type Index, type Manifest, mediaTypes } from './manifest.ts';
import type { Platform } from './platform.ts';

const text = v.string();
const digest = v.pipe(
  text,
  v.transform(asDigest),
  v.check((value) => value !== undefined, 'is not a sha256 or sha512 digest'),
  v.transform((value) => value as Digest),
);
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
// Some builders write null where the specification says to leave a map or list out.
const annotations = v.nullish(v.record(text, text), {});

const platform = v.object({
  os: text,
  architecture: text,
  variant: v.nullish(text),
  'os.version': v.nullish(text),
});

const descriptor = v.object({
  mediaType: text,
  digest,
  size,
  annotations: v.nullish(v.record(text, text)),
  platform: v.nullish(platform),
  artifactType: v.nullish(text),
});

const shared = {
  schemaVersion: v.literal(2),
  mediaType: v.nullish(text),
  annotations,
  subject: v.nullish(descriptor),
  artifactType: v.nullish(text),
};

// A document that could be read as the other kind has two meanings under one digest (CVE-2021-41190).
const manifestSchema = v.object({
  ...shared,
  config: descriptor,
  layers: v.nullish(v.array(descriptor), []),
  manifests: v.optional(v.never()),
});
const indexSchema = v.object({
  ...shared,
  manifests: v.nullish(v.array(descriptor), []),
  config: v.optional(v.never()),
  layers: v.optional(v.never()),
});

const configSchema = v.object({
  architecture: text,
  os: text,
  variant: v.nullish(text),
  'os.version': v.nullish(text),
  created: v.nullish(text),
  config: v.nullish(v.looseObject({ Labels: v.nullish(v.record(text, text)) }), {}),
  rootfs: v.object({ type: v.literal('layers'), diff_ids: v.nullish(v.array(digest), []) }),
  history: v.nullish(v.array(v.object({ created_by: v.nullish(text), empty_layer: v.nullish(v.boolean()) })), []),
});

const kinds: Readonly<Record<string, 'manifest' | 'index'>> = {
  [mediaTypes.ociManifest]: 'manifest',
  [mediaTypes.dockerManifest]: 'manifest',
  [mediaTypes.ociIndex]: 'index',
  [mediaTypes.dockerIndex]: 'index',
};

/** The media types of manifests and indexes that are understood, for an Accept header. */
export const acceptedManifests: readonly string[] = Object.keys(kinds);

/** Reads a manifest or index strictly; `contentType` is what it was served or described as. */
export function decodeManifest(bytes: Uint8Array, subject: string, contentType?: string): Manifest | Index {
  const document = parseObject(bytes, subject, 'manifest');
  const mediaType = mediaTypeOf(document, subject, contentType);
  const base = { mediaType };
  if (kinds[mediaType] === 'index') {
    const { manifests, ...rest } = read(indexSchema, document, subject, 'image index');
    return { kind: 'index', ...base, ...common(rest), manifests: manifests.map(toDescriptor) };
  }
  const { config, layers, ...rest } = read(manifestSchema, document, subject, 'image manifest');
  return { kind: 'manifest', ...base, ...common(rest), config: toDescriptor(config), layers: layers.map(toDescriptor) };
}

/** Reads an image configuration (OCI image-spec, config.md; Docker's is the same document). */
export function decodeConfig(bytes: Uint8Array, subject: string): ImageConfig {
  const raw = parseObject(bytes, subject, 'image configuration');
  const { config, rootfs, history, ...rest } = read(configSchema, raw, subject, 'image configuration');
  return {
    architecture: rest.architecture,
    os: rest.os,
    ...given('variant', rest.variant),
    ...given('osVersion', rest['os.version']),
    ...given('created', rest.created),
    config: mappingOf(raw.config) ?? {},
    labels: config?.Labels ?? {},
    diffIds: rootfs.diff_ids,
    history: history.map((entry) => ({
      ...given('createdBy', entry.created_by),
      emptyLayer: entry.empty_layer === true,
    })),
    raw,
  };
}

/** A media type in lower case without its parameters. */
export function bareMediaType(value: string | undefined): string {
  return (value ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The refusal of Docker's first image format, or undefined for every other media type. */
export function schema1Refusal(mediaType: string, subject: string): Error | undefined {
  if (!/^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType)) return undefined;
  return schema1(subject);
}

function schema1(subject: string): Error {
  return fail(
    'malformed',
    subject,
    'is a Docker schema 1 manifest, which no digest identifies reliably',
    'push it again with a current tool',
  );
}

function mediaTypeOf(
  document: Readonly<Record<string, unknown>>,
  subject: string,
  contentType: string | undefined,
): string {
  const served = bareMediaType(contentType);
  const refusal = document.schemaVersion === 1 ? schema1(subject) : schema1Refusal(served, subject);
  if (refusal !== undefined) throw refusal;
  const own = typeof document.mediaType === 'string' ? document.mediaType : undefined;
  if (own !== undefined && kinds[served] !== undefined && own !== served) {
    throw fail('malformed', subject, `calls itself ${quoted(own)} but was served as ${quoted(served)}`);
  }
  const named = own ?? (kinds[served] === undefined ? shapeOf(document) : served);
  if (named !== undefined && kinds[named] !== undefined) return named;
  throw fail('malformed', subject, `${quoted(named ?? served)} is neither an image manifest nor an image index`);
}

// Early OCI tools wrote no media type, and some registries serve every document as JSON.
function shapeOf(document: Readonly<Record<string, unknown>>): string | undefined {
  if (Array.isArray(document.manifests)) return mediaTypes.ociIndex;
  return document.config !== undefined && Array.isArray(document.layers) ? mediaTypes.ociManifest : undefined;
}

function parseObject(bytes: Uint8Array, subject: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const value = mappingOf(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    if (value !== undefined) return value;
  } catch {
    // falls through: not JSON is as malformed as JSON of another shape
  }
  throw fail('malformed', subject, `the ${what} is not a JSON object`);
}

function read<S extends v.GenericSchema>(schema: S, value: unknown, subject: string, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? '';
  throw fail('malformed', subject, `the ${what} is invalid at ${quoted(path)}`);
}

function common(document: {
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly subject?: v.InferOutput<typeof descriptor> | null | undefined;
  readonly artifactType?: string | null | undefined;
}) {
  return {
    annotations: document.annotations ?? {},
    ...(document.subject ? { subject: toDescriptor(document.subject) } : {}),
    ...given('artifactType', document.artifactType),
  };
}

function toDescriptor(value: v.InferOutput<typeof descriptor>): Descriptor {
  return {
    mediaType: value.mediaType,
    digest: value.digest,
    size: value.size,
    ...given('annotations', value.annotations),
    ...(value.platform ? { platform: toPlatform(value.platform) } : {}),
    ...given('artifactType', value.artifactType),
  };
}

function toPlatform(value: v.InferOutput<typeof platform>): Platform {
  return {
    os: value.os,
    architecture: value.architecture,
    ...given('variant', value.variant),
    ...given('osVersion', value['os.version']),
  };
}

function quoted(value: string): string {
  return plainJson(JSON.stringify(value.slice(0, 120)));
}
