import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { must } from '../setup/run.ts';

/** A token server that CNCF Distribution trusts (Distribution, "Token Authentication Specification"). */
export interface TokenServer {
  /** As HOST:PORT. */
  readonly host: string;
  /** Distribution's `auth` setting for it. */
  readonly auth: object;
  /** The scopes of each request so far. */
  readonly asked: readonly (readonly string[])[];
  close(): Promise<void>;
}

const service = 'e2e-registry';
const issuer = 'e2e-tokens';

/** Starts one with its own key: `users` may do all, others may pull from below `public/`. */
export async function startTokenServer(folder: string, users: Readonly<Record<string, string>>): Promise<TokenServer> {
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', `/CN=${issuer}`, '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await must('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', certificateFile]);
  const key = createPrivateKey(await readFile(keyFile));
  const certificate = (await readFile(certificateFile, 'utf8')).replace(/-----[A-Z ]+-----|\s/g, '');
  const asked: (readonly string[])[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const user = userOf(request, users);
    asked.push(searchParams.getAll('scope'));
    const access = searchParams.getAll('scope').flatMap((scope) => grant(scope, user));
    const token =
      user === undefined ? undefined : signed(key, certificate, searchParams.get('service') ?? '', user, access);
    response.writeHead(token === undefined ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(token === undefined ? {} : { token, expires_in: 120 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    auth: { token: { realm: `http://${host}/token`, service, issuer, rootcertbundle: certificateFile } },
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

// undefined where the credentials are wrong, empty where there are none.
function userOf({ headers }: IncomingMessage, users: Readonly<Record<string, string>>): string | undefined {
  const encoded = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return '';
  const [name = '', password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return users[name] === password ? name : undefined;
}

function grant(scope: string, user: string | undefined): readonly object[] {
  const [type, name = '', actions = ''] = scope.split(':');
  const allowed = actions
    .split(',')
    .filter((action) => user !== '' || (action === 'pull' && name.startsWith('public/')));
  return allowed.length === 0 ? [] : [{ type, name, actions: allowed }];
}

function signed(
  key: KeyObject,
  certificate: string,
  audience: string,
  subject: string,
  access: readonly object[],
): string {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now - 10, exp: now + 120 };
  const claims = { iss: issuer, sub: subject, aud: audience, ...times, jti: randomBytes(8).toString('hex'), access };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ typ: 'JWT', alg: 'ES256', x5c: [certificate] })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
  return `${content}.${signature.toString('base64url')}`;
}

/** The digest of a text, for tests that compare without the product's own code. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
