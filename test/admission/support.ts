import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { createRecordingHost } from '../support/run.ts';

/** A new public key, as cosign prints it. */
export function newPublicKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/** A certificate that signed itself. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUT3Gm9XvG4Kqs8jCNqDNJs+vghAQwCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXYmFzZS1pbWFnZS1yZWZyZXNoIHRlc3QwIBcNMjYxMjAxMDYz
MjMxWhgPMjEyNjExMDcwNjMyMzFaMCIxIDAeBgNVBAMMF2Jhc2UtaW1hZ2UtcmVm
cmVzaCB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOCjLB6LgmejcQzzK
IXprYEZDHQcR8tQqkCbW3wDFWXeeKoD53FfRydpIkARGLk2I16gpbjfWc2CRWc4v
E9VTPqNTMFEwHQYDVR0OBBYEFPcTsy7VFTFc8/arm7Au37D+1iImMB8GA1UdIwQY
MBaAFPcTsy7VFTFc8/arm7Au37D+1iImMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSAAwRQIgI7szXg7nScwOw9nPochyxfhkCx0U1yCU4NY0JrWapH4CIQD0
TqOimtRfr3BiTzIg0m67iUY+G164RSQKR/BjQJ7QLQ==
-----END CERTIFICATE-----
`;

export interface Printed {
  readonly conclusion: string;
  readonly text: string;
  /** All that was logged. */
  readonly words: string;
}

/** Runs `admission` in a repository with one Dockerfile, whose image is ghcr.io/acme/web unless images are given. */
export async function admission(
  inputs: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const root = repository({ Dockerfile: 'FROM debian:12\n', ...files });
  const world = createWorld({ cwd: root });
  const named = Object.entries(inputs).map(([name, value]) => [
    name,
    name === 'admission-key' ? join(root, value) : value,
  ]);
  const host = createRecordingHost({
    command: 'admission',
    path: root,
    image: 'ghcr.io/acme/web:1',
    ...Object.fromEntries(named),
  });
  const conclusion = await run(host, world);
  await world.close();
  const words = host.lines.map(({ level, message }) => `${level}: ${message.replaceAll(root, 'ROOT')}`).join('\n');
  return { conclusion, text: host.printed.join('\n'), words };
}
