import type { VexIdentity } from './statement.ts';

/** What a text identifies: a package URL, a digest, an image by its name and digest, or nothing that is known here. */
export function identityOfText(text: string): VexIdentity {
  const common = { purls: [], digests: [], name: text };
  if (text.startsWith('pkg:')) return { ...common, purls: [text] };
  const [, digest] = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text) ?? [];
  if (digest !== undefined) return { ...common, digests: [`sha256:${digest}`] };
  if (/^cpe:(?:\/|2\.3:)/.test(text)) return { ...common, cpe: text };
  return /^[^\s@]{1,512}@sha256:[0-9a-f]{64}$/.test(text) ? { ...common, reference: text } : common;
}

/** The SHA-256 digests among hashes by the name of their algorithm, in whatever spelling. */
export function digestsOf(hashes: readonly (readonly [string, string])[]): readonly string[] {
  return hashes.flatMap(([algorithm, value]) =>
    algorithm.toLowerCase().replace('-', '') === 'sha256'
      ? [`sha256:${value.toLowerCase().replace(/^sha256:/, '')}`]
      : [],
  );
}
