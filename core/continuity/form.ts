import { inlineAttestations, type PublishedImage } from '../baseline/published.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor, ImageConfig } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { withDigest } from '../oci/reference.ts';
import { allParts, configPlatform, type PlatformParts } from '../rebuild/rebase/parts.ts';
import type { Registry } from '../registry/registry.ts';
import type { SignedBy } from '../sign/certificate.ts';
import type { Exact, SignerName } from '../sign/settings.ts';
import { given } from '../table.ts';
import { attachedTo } from './attached.ts';

export type TextMap = Readonly<Record<string, string>>;

/** One platform of an image, as far as it is compared. */
export interface PlatformForm {
  readonly platform: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly configType: string;
  readonly annotations: TextMap;
  /** Of its entry in the index. */
  readonly entryAnnotations: TextMap;
  readonly config: ImageConfig;
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly Digest[];
}

/** An attestation of an image: where it stands, and of what type. */
export interface StandingAttestation {
  readonly type: string;
  readonly signed: boolean;
  readonly place: 'index' | 'beside';
}

/** A signature of an image: by what program, of which of its manifests, and by whom. */
export interface StandingSignature {
  readonly tool: SignerName;
  readonly of: Exact;
  readonly by: SignedBy;
}

/** An image as it is compared with its successor. */
export interface ImageForm {
  readonly kind: 'manifest' | 'index';
  readonly mediaType: string;
  /** Of the index; none of a plain manifest. */
  readonly annotations: TextMap;
  readonly platforms: readonly PlatformForm[];
  readonly attestations: readonly StandingAttestation[];
  readonly signatures: readonly StandingSignature[];
  /** Programs that signed what the tag names. */
  readonly signers: readonly SignerName[];
  /** Programs that signed manifests of single platforms. */
  readonly childSigners: readonly SignerName[];
  /** Why more may stand beside it than was seen; absent where all of that was read. */
  readonly unseen?: string;
}

/** Reads what is compared of an image; `beside` says whether signatures and attestations beside it are looked for. */
export async function readForm(registry: Registry, image: PublishedImage, beside: boolean): Promise<ImageForm> {
  const { document, descriptor } = image.manifest;
  const parts = await allParts(registry, image);
  const platforms = parts.map((part) => platformForm(part, part.reference.digest ?? descriptor.digest));
  const inline = await inlineAttestations(registry, image);
  const types = inline.flatMap(({ manifest }) =>
    manifest.layers.map(({ annotations, mediaType }) => annotations?.['in-toto.io/predicate-type'] ?? mediaType),
  );
  const found = beside
    ? await standingBeside(registry, image, platforms)
    : { attestations: [], signatures: [], signers: [], childSigners: [] };
  const inIndex = [...new Set(types)].map((type) => ({ type, signed: false, place: 'index' }) as const);
  return {
    kind: document.kind,
    mediaType: document.mediaType,
    annotations: document.kind === 'index' ? document.annotations : {},
    platforms: numbered(platforms),
    ...found,
    attestations: [...inIndex, ...found.attestations],
  };
}

async function standingBeside(registry: Registry, image: PublishedImage, platforms: readonly PlatformForm[]) {
  const { digest } = image.manifest.descriptor;
  const { tag: _, ...place } = image.reference;
  const children = platforms.map((one) => one.digest).filter((one) => one !== digest);
  const all = await Promise.all(
    [digest, ...children].map(async (of) => ({ of, ...(await attachedTo(registry, image.reference, of)) })),
  );
  const unseen = all.find((one) => one.unseen !== undefined)?.unseen;
  const signatures = all.flatMap(({ of, things }) =>
    things.flatMap((one) =>
      one.kind === 'signature' ? [{ tool: one.tool, of: withDigest(place, of), by: one.by }] : [],
    ),
  );
  const toolsOf = (some: typeof signatures) => [...new Set(some.map(({ tool }) => tool))];
  const attestations = all.flatMap(({ things }) => things.flatMap((one) => (one.kind === 'attestation' ? [one] : [])));
  const distinct = new Map(attestations.map(({ type, signed }) => [`${type} ${signed}`, { type, signed }]));
  return {
    attestations: [...distinct.values()].map((one) => ({ ...one, place: 'beside' }) as const),
    signatures,
    signers: toolsOf(signatures.filter(({ of }) => of.digest === digest)),
    childSigners: toolsOf(signatures.filter(({ of }) => of.digest !== digest)),
    ...given('unseen', unseen),
  };
}

function platformForm({ manifest, config, entry }: PlatformParts, digest: Digest): PlatformForm {
  const own = Object.entries(entry?.annotations ?? {}).filter(([key]) => !key.startsWith('vnd.docker.reference.'));
  return {
    platform: formatPlatform(configPlatform(config)),
    digest,
    mediaType: manifest.mediaType,
    configType: manifest.config.mediaType,
    annotations: manifest.annotations,
    entryAnnotations: Object.fromEntries(own),
    config,
    layers: manifest.layers,
    diffIds: config.diffIds,
  };
}

// Windows has one platform for each of its builds: they are distinguished by their order.
function numbered(platforms: readonly PlatformForm[]): readonly PlatformForm[] {
  return platforms.map((one, at) => {
    const earlier = platforms.slice(0, at).filter(({ platform }) => platform === one.platform).length;
    return earlier === 0 ? one : { ...one, platform: `${one.platform} (${earlier + 1})` };
  });
}
