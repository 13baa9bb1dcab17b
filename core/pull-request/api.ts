import { type FailureCode, fail, failureOf } from '../failure.ts';
import { field, itemsOf, parsed, parseJson } from '../json.ts';
import type { HttpResponse, World } from '../ports.ts';

/** An API of a host of repositories: where it is, how it is spoken to, what its refusals mean. */
export interface Api {
  readonly world: World;
  /** `https://api.github.com`, without a slash at its end; the token goes nowhere else. */
  readonly root: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What to do where the token may not do something. */
  readonly permission: string;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the root, with a slash at its start. */
  readonly path: string;
  readonly body?: object;
  /** Media type of the body; JSON when absent. */
  readonly type?: string;
  /** Statuses that are an answer and no failure. */
  readonly expected?: readonly number[];
}

export interface ForgeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

const largest = 32 * 1024 * 1024;
const mostTries = 3;
const longestWait = 60_000;

/** Sends a request and answers what came; throws where the host refused or could not be reached. */
export async function call(api: Api, request: Call): Promise<ForgeAnswer> {
  const { expected = [200, 201, 204] } = request;
  for (let attempt = 1; ; attempt++) {
    const answer = await send(api, request);
    if (expected.includes(answer.status)) return answer;
    const wait = waitAfter(answer, attempt);
    if (wait === undefined || attempt === mostTries || request.method === 'POST') throw refused(api, request, answer);
    await api.world.sleep(wait);
  }
}

/** The JSON document of an answer. */
export async function callForJson(api: Api, request: Call): Promise<unknown> {
  const { bytes } = await call(api, request);
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch {
    throw fail('malformed', subjectOf(api, request), 'answered with something that is not JSON', 'check its address');
  }
}

async function send(
  { world, root, headers }: Api,
  { method, path, body, type = 'application/json' }: Call,
): Promise<ForgeAnswer> {
  const url = `${root}${path}`;
  try {
    const response = await world.http({
      method,
      url,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, bytes: await readAll(response) };
  } catch (thrown) {
    const { detail } = failureOf(thrown, root);
    throw fail('unreachable', root, detail, 'check the network and the address', { retryable: true, cause: thrown });
  }
}

async function readAll({ body }: HttpResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largest) throw new Error(`it sent more than ${largest} bytes`);
  }
  return Buffer.concat(chunks);
}

// A host that is busy or limits its callers says when to come again, or is asked a little later.
function waitAfter({ status, headers }: ForgeAnswer, attempt: number): number | undefined {
  const asked = Number(headers['retry-after'] ?? Number.NaN) * 1000;
  if (status !== 429 && status < 500 && Number.isNaN(asked)) return undefined;
  const wait = Number.isNaN(asked) ? 500 * 2 ** attempt : asked;
  return wait <= longestWait ? wait : undefined;
}

function refused(api: Api, request: Call, answer: ForgeAnswer) {
  const { code, remedy } = meaning(api, answer);
  const said = messageIn(answer);
  const detail = `answered ${answer.status} to ${request.method}${said === '' ? '' : ` (${said})`}`;
  return fail(code, subjectOf(api, request), detail, remedy, { retryable: code === 'rate-limited' });
}

function meaning(
  { permission }: Api,
  { status, headers }: ForgeAnswer,
): {
  readonly code: FailureCode;
  readonly remedy: string;
} {
  const isLimited = status === 429 || (status === 403 && headers['x-ratelimit-remaining'] === '0');
  if (isLimited || headers['retry-after'] !== undefined) return { code: 'rate-limited', remedy: 'run again later' };
  // Azure DevOps shows a page to sign in, with 203 or a redirect, to a token that it does not know.
  if (status === 401 || status === 203 || status === 302) {
    return { code: 'unauthorised', remedy: 'give a token that is still valid' };
  }
  if (status === 403) return { code: 'forbidden', remedy: permission };
  if (status === 404) return { code: 'not-found', remedy: `check the repository, and ${permission}` };
  if (status >= 500) return { code: 'unreachable', remedy: 'run again later' };
  return { code: 'refused', remedy: permission };
}

// Both hosts explain themselves in `message`.
function messageIn({ bytes }: ForgeAnswer): string {
  const answer = parsed(new TextDecoder().decode(bytes));
  return [answer, ...itemsOf(field(answer, 'errors'))]
    .map((error) => field(error, 'message'))
    .filter((text) => typeof text === 'string' && text !== '')
    .join('; ')
    .slice(0, 300);
}

function subjectOf({ root }: Api, { path }: Call): string {
  return `${root}${path.replace(/\?.*$/, '')}`;
}
