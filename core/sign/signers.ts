import { withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { complain, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import { attachAll } from './attach.ts';
import { cosign, cosignCountOwn, cosignSign, cosignVariables, type Predicate } from './cosign.ts';
import { notation, notationSign, notationVariables } from './notation.ts';
import type { Exact, Signer, SignerName, SignSettings } from './settings.ts';
import { type SignerProgram, type SigningContext, withSigner } from './signer-space.ts';
import { readCosignTrust, readNotationTrust, type TrustTexts } from './trust.ts';

/** One program that signs and verifies, with all that settings, signing and doctor know of it. */
export interface SignerDefinition {
  readonly program: SignerProgram;
  /** Arguments that have it say its version. */
  readonly version: readonly string[];
  /** Whether a key may be a file of the run; where it may not, it is a name that the program knows. */
  readonly keyMayBeFile: boolean;
  /** Refuses a plugin where the program has none. */
  readonly checkPlugin: (plugin: Text) => void;
  /** Signs a manifest by digest, with what is said of it; throws `sign-failed`. */
  readonly sign: (
    context: SigningContext & { readonly registry: Registry },
    settings: SignSettings,
    image: Exact,
    predicates: readonly Predicate[],
  ) => Promise<void>;
  /**
   * How many signatures of each image are by the bare key that signs, those with a certificate aside; throws
   * `sign-failed` where that could not be found out.
   */
  readonly countOwn: (
    context: SigningContext,
    settings: SignSettings,
    images: readonly [Exact, ...Exact[]],
  ) => Promise<readonly number[]>;
  /** Whom an entry of the configuration file believes; throws where it does not say. */
  readonly trust: (entry: TrustTexts) => Signer;
}

export type Signers = Readonly<Record<SignerName, SignerDefinition>>;

/** Every program that signs and verifies. */
export const signerDefinitions: Signers = {
  cosign: {
    program: cosign,
    version: ['version'],
    keyMayBeFile: true,
    checkPlugin: (plugin) => {
      throw complain(plugin, 'is for notation', 'name a KMS in sign-key');
    },
    sign: async (context, settings, image, predicates) => {
      const parts = await partsOf(context.registry, settings, image);
      await withSigner(context, programOf(cosign, settings), image, cosignVariables(settings.key), (signer) =>
        cosignSign(context, signer, settings, parts, predicates),
      );
    },
    countOwn: async (context, settings, images) => {
      const { key } = settings;
      if (key === undefined) return images.map(() => 0);
      return withSigner(context, programOf(cosign, settings), images[0], cosignVariables(key), (signer) =>
        cosignCountOwn(context, signer, key, images),
      );
    },
    trust: readCosignTrust,
  },
  notation: {
    program: notation,
    version: ['version'],
    keyMayBeFile: false,
    checkPlugin: () => {},
    // It signs manifests and no statements: each statement is a referrer of the image, and signed as such.
    sign: async (context, settings, image, predicates) => {
      const parts = await partsOf(context.registry, settings, image);
      const attached = await attachAll(context.registry, image, predicates);
      await withSigner(context, programOf(notation, settings), image, notationVariables, async (signer) => {
        for (const one of [...parts, ...attached]) await notationSign(context, signer, settings, one);
      });
    },
    // Each of its signatures has a certificate.
    countOwn: async (_, __, images) => images.map(() => 0),
    trust: readNotationTrust,
  },
};

/** What is signed of an image: what its tag names and, as cosign's own `--recursive` has it, every manifest of an index. */
async function partsOf(
  registry: Registry,
  { recursive }: SignSettings,
  image: Exact,
): Promise<readonly [Exact, ...Exact[]]> {
  const { document } = await registry.manifest(image);
  if (!recursive || document.kind === 'manifest') return [image];
  return [image, ...document.manifests.map(({ digest }) => withDigest(image, digest))];
}

function programOf(program: SignerProgram, { path }: SignSettings) {
  return { ...program, ...given('path', path) };
}
