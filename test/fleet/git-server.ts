import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server of git repositories over HTTP, which is git's own http-backend behind a counter. */
export interface GitServer {
  readonly origin: string;
  /** `METHOD PATH` of every request. */
  readonly requests: string[];
  /** What was in the header that carries credentials, by repository. */
  readonly authorized: Map<string, Set<string>>;
  /** Makes a repository of one commit on main; answers the commit. */
  add(name: string, files: Readonly<Record<string, string>>): string;
  /** A token without which a repository is not to be had. */
  protect(name: string, token: string): void;
  address(name: string): string;
  /** What git says of a repository. */
  ask(name: string, ...args: readonly string[]): string;
  close(): Promise<void>;
}

const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

export async function startGitServer(): Promise<GitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-git-'));
  const template = join(folder, 'template.git');
  const git = (cwd: string, args: readonly string[], input = '') =>
    execFileSync('git', args, { cwd, env, input, encoding: 'utf8' }).trim();
  git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', template]);
  git(template, ['config', 'http.receivepack', 'true']);
  git(template, ['config', 'uploadpack.allowFilter', 'true']);
  git(template, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  const requests: string[] = [];
  const tokens = new Map<string, string>();
  const authorized: GitServer['authorized'] = new Map();
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
    requests.push(`${incoming.method} ${pathname}`);
    const name = /^\/([^/]+)\.git\//.exec(pathname)?.[1] ?? '';
    const given = incoming.headers.authorization;
    if (given !== undefined) authorized.set(name, new Set([...(authorized.get(name) ?? []), given]));
    const wanted = tokens.get(name);
    const expected = `Basic ${Buffer.from(`x-access-token:${wanted}`).toString('base64')}`;
    if (wanted !== undefined && given !== expected) {
      outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    backend(folder, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    authorized,
    add: (name, files) => {
      const place = join(folder, `${name}.git`);
      cpSync(template, place, { recursive: true });
      const blobs = Object.entries(files).map(
        ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
      );
      const head = 'commit refs/heads/main\ncommitter Test <test@example.com> 1750000000 +0000\ndata 4\nmade\n';
      git(place, ['fast-import', '--quiet', '--force'], `${head}${blobs.join('')}done\n`);
      return git(place, ['rev-parse', 'main']);
    },
    protect: (name, token) => void tokens.set(name, token),
    ask: (name, ...args) => git(join(folder, `${name}.git`), args),
    address: (name) => `${origin}/${name}.git`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// CGI/1.1, as far as git-http-backend reads it.
function backend(root: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { pathname, search } = new URL(incoming.url ?? '/', 'http://localhost');
  const {
    'content-type': type = '',
    'git-protocol': protocol = '',
    'content-encoding': encoding = '',
  } = incoming.headers;
  const child = spawn('git', ['http-backend'], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: incoming.method ?? 'GET',
      CONTENT_TYPE: type,
      GIT_PROTOCOL: String(protocol),
      HTTP_CONTENT_ENCODING: String(encoding),
    },
  });
  incoming.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) return void outgoing.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const fields = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/:\s*/, 2));
    const status = Number(fields.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
    outgoing.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== 'Status')));
    outgoing.write(head.subarray(end + 4));
    head = undefined;
  });
  child.stdin.on('error', () => {});
  child.on('close', () => outgoing.end());
}
