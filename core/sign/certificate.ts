import { X509Certificate } from 'node:crypto';
import { field, parsed } from '../json.ts';

/** Whom a signature is by, as far as it says so itself. */
export type SignedBy =
  | { readonly kind: 'certificate'; readonly identity: string }
  /** A bare key, which a signature does not name. */
  | { readonly kind: 'key' }
  | { readonly kind: 'unknown' };

/** Whom a Sigstore bundle is by. */
export function bundleSigner(text: string): SignedBy {
  const material = field(parsed(text), 'verificationMaterial');
  const chain = field(field(material, 'x509CertificateChain'), 'certificates');
  const certificate = field(material, 'certificate') ?? (Array.isArray(chain) ? chain[0] : undefined);
  const bytes = field(certificate, 'rawBytes');
  if (typeof bytes === 'string') return certificateSigner(Buffer.from(bytes, 'base64'));
  return field(material, 'publicKey') === undefined ? { kind: 'unknown' } : { kind: 'key' };
}

/** Whom an envelope of notation is by: its first certificate. */
export function envelopeSigner(bytes: Uint8Array): SignedBy {
  const chain = field(field(parsed(Buffer.from(bytes).toString('utf8')), 'header'), 'x5c');
  const first: unknown = Array.isArray(chain) ? chain[0] : undefined;
  if (typeof first === 'string') return certificateSigner(Buffer.from(first, 'base64'));
  const inCose = coseCertificate(Buffer.from(bytes));
  return inCose === undefined ? { kind: 'unknown' } : certificateSigner(inCose);
}

// RFC 9360: label 33 (18 21) of the header has the chain: a byte string of DER, or an array of these.
function coseCertificate(bytes: Buffer): Uint8Array | undefined {
  const label = bytes.indexOf('1821', 0, 'hex');
  if (label < 0) return undefined;
  const start = bytes[label + 2] === 0x59 ? label + 2 : label + 3;
  if (bytes[start] !== 0x59 || start + 3 > bytes.length) return undefined;
  return bytes.subarray(start + 3, start + 3 + bytes.readUInt16BE(start + 1));
}

/** Whom a certificate is of, in PEM or DER. */
export function certificateSigner(certificate: string | Uint8Array): SignedBy {
  const identity = certificateIdentity(certificate);
  return identity === undefined ? { kind: 'unknown' } : { kind: 'certificate', identity };
}

// In words that stay the same where it is renewed: an identity of Fulcio stands in its alternative name, any other in
// its subject, and what vouches for itself is no more than its key.
function certificateIdentity(text: string | Uint8Array): string | undefined {
  const certificate = readCertificate(text);
  if (certificate === undefined) return undefined;
  const { subject, issuer, subjectAltName, raw, fingerprint256 } = certificate;
  const oidc = oidcIssuerIn(raw);
  if (oidc !== undefined && subjectAltName !== undefined) return `${subjectAltName}, by ${oidc}`;
  if (!subject) return undefined;
  const [name, by] = [subject, issuer].map((one) => one.replaceAll('\n', ', '));
  return subject === issuer ? `${name}, SHA-256 ${fingerprint256}` : `${name}, by ${by}`;
}

function readCertificate(text: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

// Fulcio's extensions (sigstore/fulcio, docs/oid-info.md): 8 has the issuer as a string of DER, 1 as bare text.
const issuerExtensions = ['2b0601040183bf300108', '2b0601040183bf300101'];

function oidcIssuerIn(der: Buffer): string | undefined {
  for (const oid of issuerExtensions) {
    const found = der.indexOf(oid, 0, 'hex');
    if (found < 0) continue;
    const value = contentAt(der, found + oid.length / 2, 0x04);
    const text = value?.[0] === 0x0c ? contentAt(value, 0, 0x0c) : value;
    if (text !== undefined && text.length > 0) return text.toString('utf8');
  }
  return undefined;
}

// What a tag of DER holds; lengths of one byte are all that an issuer needs.
function contentAt(der: Buffer, at: number, tag: number): Buffer | undefined {
  const length = der[at + 1];
  if (der[at] !== tag || length === undefined || length > 127) return undefined;
  return der.subarray(at + 2, at + 2 + length);
}
