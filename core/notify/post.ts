import { fail } from '../failure.ts';
import type { World } from '../ports.ts';

/** What is posted, and how patient its sender is. */
export interface Post {
  /** Who it is sent to, as messages say it. */
  readonly title: string;
  /** What it is, as messages say it. */
  readonly what: string;
  readonly url: URL;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses after which it is sent again. */
  readonly isPassing: (status: number) => boolean;
}

const attempts = 3;
const answerWithin = 10_000;
const longestWait = 30_000;
const longestAnswer = 64_000;

/**
 * Posts a JSON document and returns the beginning of the answer; throws `refused` where it was not taken. An address is a
 * secret, and no redirect is followed: it would hand the message to somebody else.
 */
export async function postJson(world: World, { title, what, url, body, headers, isPassing }: Post): Promise<string> {
  for (let turn = 1; ; turn += 1) {
    const request = { method: 'POST' as const, url: url.href, body, headersTimeout: answerWithin };
    const answer = await world.http({ ...request, headers: { ...headers, 'content-type': 'application/json' } });
    const said = await beginningOf(answer.body);
    if (answer.status >= 200 && answer.status < 300) return said;
    const wait = waitOf(answer.headers['retry-after'], turn);
    if (!isPassing(answer.status) || turn === attempts || wait > longestWait) {
      throw fail('refused', title, `answered ${answer.status} to ${what}`, 'look at its address and its rights');
    }
    await world.sleep(wait);
  }
}

async function beginningOf(body: AsyncIterable<Uint8Array> & { cancel(): Promise<void> }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestAnswer) break;
  }
  await body.cancel();
  return Buffer.concat(chunks).toString('utf8').slice(0, longestAnswer);
}

function waitOf(header: string | undefined, turn: number): number {
  const seconds = /^\d{1,6}$/.test(header ?? '') ? Number(header) : 2 ** (turn - 1);
  return seconds * 1_000;
}
