import { attempt, describeFailure, fail } from '../failure.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import type { RefreshReport } from '../report/report.ts';
import { bodyFor, channels } from './channels.ts';
import { isOfInterest, messageOf } from './message.ts';
import type { NotifySettings } from './settings.ts';

const attempts = 3;
const answerWithin = 10_000;
const longestWait = 30_000;

/** Posts a run to every channel that asked for it; what cannot be posted is a warning, for the run has ended as it has. */
export async function notify(
  { host, world }: { readonly host: Host; readonly world: World },
  { to, on }: NotifySettings,
  report: RefreshReport,
  conclusion: Conclusion,
): Promise<void> {
  if (!isOfInterest(report, conclusion, on)) return;
  const message = messageOf(report, conclusion, world.env);
  for (const { channel, url } of to) {
    const { title } = channels[channel];
    const posted = await attempt(title, () => post(world, url, bodyFor(channels[channel], message), title));
    if (posted.kind === 'failed') host.log('warning', describeFailure(posted.failure));
  }
}

// An address is a secret, and no redirect is followed: it would hand the message to somebody else.
async function post(world: World, url: URL, body: string, title: string): Promise<void> {
  for (let turn = 1; ; turn += 1) {
    const request = { method: 'POST' as const, url: url.href, body, headersTimeout: answerWithin };
    const answer = await world.http({ ...request, headers: { 'content-type': 'application/json' } });
    await answer.body.cancel();
    if (answer.status >= 200 && answer.status < 300) return;
    const isPassing = answer.status === 429 || answer.status >= 500;
    const wait = waitOf(answer.headers['retry-after'], turn);
    if (!isPassing || turn === attempts || wait > longestWait) {
      throw fail(
        'refused',
        title,
        `answered ${answer.status} to the notification`,
        'look at its address and its rights',
      );
    }
    await world.sleep(wait);
  }
}

function waitOf(header: string | undefined, turn: number): number {
  const seconds = /^\d{1,6}$/.test(header ?? '') ? Number(header) : 2 ** (turn - 1);
  return seconds * 1_000;
}
