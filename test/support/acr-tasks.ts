import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** What a scheduled build asked for, and the source that it named. */
export interface ScheduledBuild {
  readonly request: Readonly<Record<string, unknown>>;
  /** Texts of the files in the uploaded archive, by name; of others what they are. */
  readonly source: Readonly<Record<string, string>>;
  readonly modes: Readonly<Record<string, number>>;
}

export interface AcrTasksOptions {
  /** Makes the image and answers its digest; what it throws ends the run as failed. */
  readonly build: (build: ScheduledBuild) => Promise<string>;
  /** Status that ends the run, in place of Succeeded. */
  readonly ends?: string;
  readonly log?: readonly string[];
  /** Refuses to tell how the run goes. */
  readonly unfollowed?: true;
}

export interface AcrTasksServer {
  readonly url: string;
  /** What was wrong with requests, by the documentation of the API. */
  readonly complaints: string[];
  readonly builds: ScheduledBuild[];
  readonly paths: string[];
  close(): Promise<void>;
}

export const resource =
  '/subscriptions/sub/resourceGroups/group/providers/Microsoft.ContainerRegistry/registries/myregistry';

const token = 'entra-token';
const documented = '2019-06-01-preview';

/**
 * Azure's management API for one registry as its documentation has it (Microsoft.ContainerRegistry 2019-06-01-preview:
 * listBuildSourceUploadUrl, scheduleRun, runs, listLogSasUrl), with the storage behind its signed addresses.
 */
export async function startAcrTasks(options: AcrTasksOptions): Promise<AcrTasksServer> {
  const complaints: string[] = [];
  const builds: ScheduledBuild[] = [];
  const paths: string[] = [];
  let uploaded: Buffer | undefined;
  let image: Readonly<Record<string, string>> = {};
  let polls = 0;
  const log = Buffer.from(`${(options.log ?? ['Step 1/1 : FROM x', 'Successfully built']).join('\n')}\n`);

  const manage = async (method: string, path: string, body: Buffer): Promise<readonly [number, object]> => {
    switch (`${method} ${path}`) {
      case `POST ${resource}/listBuildSourceUploadUrl`:
        return [
          200,
          { uploadUrl: 'https://storage.example/source.tar.gz?sig=upload', relativePath: 'source/one.tar.gz' },
        ];
      case `POST ${resource}/scheduleRun`: {
        const request = JSON.parse(body.toString('utf8'));
        complaints.push(...wrongIn(request));
        const source = await unpacked(uploaded ?? Buffer.alloc(0));
        builds.push({ request, ...source });
        const [repository, tag] = String(request.imageNames[0]).split(':');
        const digest = await options.build({ request, ...source });
        image = { registry: 'myregistry.azurecr.io', repository: repository ?? '', tag: tag ?? '', digest };
        return [202, { properties: { runId: 'cf1', status: 'Queued' } }];
      }
      case `POST ${resource}/runs/cf1/listLogSasUrl`:
        return [200, { logLink: 'https://storage.example/log?sig=log' }];
      case `POST ${resource}/runs/cf1/cancel`:
        return [202, {}];
      case `GET ${resource}/runs/cf1`: {
        if (options.unfollowed) return [403, { error: { code: 'Forbidden', message: 'no longer allowed' } }];
        polls += 1;
        const status = polls === 1 ? 'Queued' : polls === 2 ? 'Running' : (options.ends ?? 'Succeeded');
        return [
          200,
          { properties: { runId: 'cf1', status, ...(status === 'Succeeded' ? { outputImages: [image] } : {}) } },
        ];
      }
      case 'GET /subscriptions/sub/providers/Microsoft.ContainerRegistry/registries':
        return [200, { value: [{ id: resource, properties: { loginServer: 'myregistry.azurecr.io' } }] }];
      default:
        return [404, { error: { code: 'NotFound', message: `${method} ${path}` } }];
    }
  };

  const storage = (request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse) => {
    if (request.headers.authorization !== undefined) complaints.push('a token was sent to the storage');
    if (request.method === 'PUT' && url.searchParams.get('sig') === 'upload') {
      if (request.headers['x-ms-blob-type'] !== 'BlockBlob') complaints.push('Put Blob has no x-ms-blob-type');
      if (Number(request.headers['content-length']) !== body.length) complaints.push('Put Blob has no Content-Length');
      uploaded = body;
      return response.writeHead(201).end();
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    // The log grows as the run goes on.
    const written = polls < 2 ? log.subarray(0, 5) : log;
    if (from >= written.length) return response.writeHead(416).end();
    return response.writeHead(206).end(written.subarray(from));
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    paths.push(`${request.method} ${url.pathname}`);
    if (url.searchParams.has('sig')) return storage(request, url, body, response);
    if (url.searchParams.get('api-version') !== documented) complaints.push(`api-version of ${url.pathname}`);
    const [status, answer] =
      request.headers.authorization === `Bearer ${token}`
        ? await manage(request.method ?? '', url.pathname, body)
        : [403, { error: { code: 'AuthorizationFailed', message: 'The client has no authorization' } }];
    return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    complaints,
    builds,
    paths,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

// DockerBuildRequest: what is required, of which type, and nothing that is not documented.
function wrongIn(request: Readonly<Record<string, unknown>>): readonly string[] {
  const types: Readonly<Record<string, string>> = {
    type: 'string',
    isArchiveEnabled: 'boolean',
    imageNames: 'object',
    isPushEnabled: 'boolean',
    noCache: 'boolean',
    dockerFilePath: 'string',
    target: 'string',
    arguments: 'object',
    timeout: 'number',
    platform: 'object',
    sourceLocation: 'string',
    credentials: 'object',
  };
  const unknown = Object.keys(request).filter((key) => typeof request[key] !== types[key]);
  const missing = ['type', 'dockerFilePath', 'platform'].filter((key) => request[key] === undefined);
  const { os, architecture } = (request.platform ?? {}) as Readonly<Record<string, string>>;
  return [
    ...unknown.map((key) => `${key} is not as documented`),
    ...missing.map((key) => `${key} is missing`),
    ...(request.type === 'DockerBuildRequest' ? [] : ['type is no DockerBuildRequest']),
    ...(['Linux', 'Windows'].includes(`${os}`) ? [] : [`platform.os is ${os}`]),
    ...(['amd64', 'x86', '386', 'arm', 'arm64'].includes(`${architecture}`) ? [] : [`architecture is ${architecture}`]),
    ...(request.sourceLocation === 'source/one.tar.gz' ? [] : ['sourceLocation is not what was uploaded']),
  ];
}

async function unpacked(bytes: Buffer): Promise<Omit<ScheduledBuild, 'request'>> {
  const source: Record<string, string> = {};
  const modes: Record<string, number> = {};
  const archive = extract();
  archive.end(gunzipSync(bytes));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, type, linkname, mode } = entry.header;
    source[name] = type === 'file' ? Buffer.concat(chunks).toString('utf8') : `${type} ${linkname ?? ''}`.trim();
    modes[name] = mode ?? 0;
  }
  return { source, modes };
}
