import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { fail } from '../failure.ts';

/** A TLS context that trusts these authorities (PEM) besides those that Node trusts by itself. */
export async function trusting(
  authorities: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<tls.SecureContext> {
  // Naming any authority makes Node forget the ones of NODE_EXTRA_CA_CERTS.
  const extra =
    env.NODE_EXTRA_CA_CERTS === undefined ? '' : await readFile(env.NODE_EXTRA_CA_CERTS, 'utf8').catch(() => '');
  try {
    return tls.createSecureContext({ ca: [...tls.rootCertificates, authorities, ...(extra === '' ? [] : [extra])] });
  } catch (cause) {
    throw fail('config', 'ca-file', 'holds a certificate that TLS cannot use', 'check the file', { cause });
  }
}
