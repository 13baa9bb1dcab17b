import { attempt, describeFailure } from '../failure.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import type { RefreshReport } from '../report/report.ts';
import { bodyFor, channels } from './channels.ts';
import { isOfInterest, messageOf } from './message.ts';
import { postJson } from './post.ts';
import type { NotifySettings } from './settings.ts';

const isPassing = (status: number) => status === 429 || status >= 500;

/** Posts a run to every channel that asked for it; what cannot be posted is a warning, for the run has ended as it has. */
export async function notify(
  { host, world }: { readonly host: Host; readonly world: World },
  { to, on }: NotifySettings,
  report: RefreshReport,
  conclusion: Conclusion,
): Promise<void> {
  const message = messageOf(report, conclusion, world.env);
  const isMessage = isOfInterest(report, conclusion, on);
  // A heart that beats in spite of a run that was not completed would hide that nothing is refreshed any more.
  const beats = conclusion === 'succeeded' || conclusion === 'policy-failed';
  for (const { channel, url } of to) {
    if (channel === 'heartbeat' ? !beats : !isMessage) continue;
    const { title } = channels[channel];
    const body = bodyFor(channels[channel], message);
    const posted = await attempt(title, () =>
      postJson(world, { title, what: 'the notification', url, body, isPassing }),
    );
    if (posted.kind === 'failed') host.log('warning', describeFailure(posted.failure));
  }
}
