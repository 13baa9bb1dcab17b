/** How a VEX document identifies something that is affected or is not: an image, a package, a distribution. */
export interface VexIdentity {
  /** Package URLs, each of which is enough. */
  readonly purls: readonly string[];
  /** SHA-256 digests, each of which is enough where there is no package URL. */
  readonly digests: readonly string[];
  /** Name of the whole image, such as `ghcr.io/acme/web@sha256:…`. */
  readonly reference?: string | undefined;
  readonly cpe?: string | undefined;
  /** How the document names it. */
  readonly name: string;
}

/** What a VEX document says of one vulnerability in one place, whatever its format. */
export interface VexStatement {
  /** Every name that the document has for the vulnerability. */
  readonly names: readonly string[];
  /** Whether it is said to do no harm there, or no longer. Anything else takes that back. */
  readonly harmless: boolean;
  /** Where, from the outside to the inside: the product, what stands in it, the package. */
  readonly chain: readonly VexIdentity[];
  readonly reason: string;
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly at: number | undefined;
  /** The document that it stands in. */
  readonly source: string;
}
