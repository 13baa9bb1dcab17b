import type { Host } from '../ports.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { namesOf } from '../table.ts';
import { type ChannelName, channels } from './channels.ts';
import type { notifyInputs } from './inputs.ts';
import type { NotifyOn } from './message.ts';

/** Who is notified of a run, and when. */
export interface NotifySettings {
  readonly on: NotifyOn;
  readonly to: readonly { readonly channel: ChannelName; readonly url: URL }[];
}

/** Reads who is notified; every address is a secret and masked. Throws FailureError `usage`. */
export function readNotify(host: Host, settings: Settings<typeof notifyInputs>): { readonly notify?: NotifySettings } {
  const to = namesOf(channels).flatMap((channel) => {
    const given = settings.text(`notify-${channel}`);
    if (given === undefined) return [];
    host.secret(given.text);
    return [{ channel, url: addressOf(given.text, inputLabel(host.kind, `notify-${channel}`)) }];
  });
  return to.length === 0 ? {} : { notify: { on: settings.choice('notify-on'), to } };
}

/** An address that is posted to; throws where it is not one, without repeating it: it is a secret. */
export function addressOf(text: string, where: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined) throw complain({ where }, 'is no address', 'give the whole address, beginning with https://');
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url;
  throw complain({ where }, 'is not an https address', 'give one that begins with https://');
}
