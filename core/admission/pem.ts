import { createPublicKey, X509Certificate } from 'node:crypto';
import { fail } from '../failure.ts';

const most = 64 * 1024;

/** The largest file that is read for a key or certificates, in bytes. */
export const largestPem = most;

/** The public key that a file holds, written anew, so that nothing else of the file is printed; throws `config`. */
export function publicKeyIn(text: string, file: string): string {
  const [block, ...others] = blocksOf(text, 'PUBLIC KEY');
  if (block !== undefined && others.length === 0) {
    const key = parsedBy(() => createPublicKey(block).export({ type: 'spki', format: 'pem' }));
    if (key !== undefined) return key.toString();
  }
  throw fail('config', file, 'does not hold one public key', 'give what cosign public-key prints, a PUBLIC KEY in PEM');
}

/** The certificates that a file holds, written anew; throws `config`. */
export function certificatesIn(text: string, file: string): readonly string[] {
  const found = blocksOf(text, 'CERTIFICATE').map((block) => parsedBy(() => new X509Certificate(block).toString()));
  const whole = found.flatMap((one) => one ?? []);
  if (whole.length > 0 && whole.length === found.length) return whole;
  throw fail(
    'config',
    file,
    'holds no certificate that can be read',
    'give the one in the trust store of notation, in PEM',
  );
}

function blocksOf(text: string, label: string): readonly string[] {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  return text
    .split(begin)
    .slice(1)
    .flatMap((rest) => {
      const at = rest.indexOf(end);
      return at === -1 ? [] : [`${begin}${rest.slice(0, at)}${end}\n`];
    });
}

function parsedBy<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
