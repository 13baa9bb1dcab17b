import { FailureError, fail } from '../../failure.ts';
import type { HttpResponse, World } from '../../ports.ts';
import { version } from '../../product.ts';

const attempts = 3;
const mostRedirects = 5;
const largest = 512 * 1024 * 1024;
const wholeTimeout = 10 * 60_000;

/** The bytes at an address, redirects followed; what broke off or a server could not give is asked for again. */
export async function download(world: World, url: URL): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(wholeTimeout);
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadOnce(world, url, signal);
    } catch (thrown) {
      if (thrown instanceof FailureError && !thrown.failure.retryable) throw thrown;
      if (attempt < attempts && !signal.aborted) {
        await world.sleep(500 * 2 ** attempt * (0.5 + world.random() / 2), signal).catch(() => {});
        continue;
      }
      throw thrown instanceof FailureError ? thrown : brokenOff(url, attempt, thrown);
    }
  }
}

async function downloadOnce(world: World, url: URL, signal: AbortSignal): Promise<Uint8Array> {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const headers = { 'user-agent': `base-image-refresh/${version}`, accept: 'application/octet-stream' };
    const response = await world.http({ method: 'GET', url: at.href, headers, signal });
    const { status } = response;
    if (status === 200) return readWhole(response, at);
    await response.body.cancel();
    const location = status >= 300 && status < 400 ? response.headers.location : undefined;
    if (location === undefined) throw refused(url, at, status);
    at = redirected(at, location);
  }
  throw fail('unreachable', url.host, `redirects more than ${mostRedirects} times`, remedy);
}

// The checksum decides what is used; a redirect must still not take a secret path into the open.
function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:')) return to;
  throw fail('refused', from.host, 'redirects to an address that is not HTTPS', remedy);
}

async function readWhole(response: HttpResponse, url: URL): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > largest) {
      await response.body.cancel();
      throw fail('too-large', url.host, `sent more than ${largest / 1024 / 1024} MB`, remedy);
    }
    chunks.push(chunk);
  }
  const announced = response.headers['content-length'];
  if (announced !== undefined && Number(announced) !== size) {
    throw fail('unreachable', url.host, `sent ${size} of ${announced} bytes`, remedy, { retryable: true });
  }
  return Buffer.concat(chunks);
}

const remedy = 'check the network, or name a mirror with scanner-download-url';

function refused(url: URL, at: URL, status: number): FailureError {
  const retryable = status >= 500 || status === 429;
  const via = at.host === url.host ? '' : ` (redirected to ${at.host})`;
  const code = status === 404 ? 'not-found' : 'unreachable';
  return fail(code, url.host + url.pathname, `answered ${status}${via}`, remedy, { retryable });
}

function brokenOff(url: URL, attempt: number, cause: unknown): FailureError {
  return fail('unreachable', url.host + url.pathname, `could not be downloaded in ${attempt} attempts`, remedy, {
    retryable: true,
    cause,
  });
}
