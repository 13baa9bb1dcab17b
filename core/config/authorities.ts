import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import { complain, type Text } from '../settings/value.ts';

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates (PEM) in the file that ca-file names; throws where it has none, or one that cannot be read. */
export async function readAuthorities(world: World, path: Text): Promise<string> {
  const file = resolve(world.cwd, path.text);
  if ((await world.files.stat(file)).kind !== 'file')
    throw complain(path, `cannot be ${path.text}: there is no such file`, 'give a file of certificates in PEM');
  const certificates = (await world.files.readText(file)).match(block) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw complain(
      path,
      `cannot be ${path.text}: it is not a list of certificates`,
      'give a file of certificates in PEM',
    );
  return `${certificates.join('\n')}\n`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}
