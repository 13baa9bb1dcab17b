import { version } from '../product.ts';
import type { Message, MessageImage } from './message.ts';

/** One kind of place that messages are posted to. */
export interface Channel {
  /** Who it is, as messages say it. */
  readonly title: string;
  /** Most bytes of a body that it takes. */
  readonly limit: number;
  /** The body for a message of which so many images are shown. */
  readonly body: (message: Message, shown: readonly MessageImage[]) => unknown;
}

/** Every place that messages are posted to. */
export const channels = {
  webhook: { title: 'the webhook', limit: 1_000_000, body: webhookBody },
  slack: { title: 'Slack', limit: 13_000, body: slackBody },
  teams: { title: 'Teams', limit: 28_000, body: teamsBody },
  heartbeat: { title: 'the heartbeat', limit: 10_000, body: webhookBody },
} as const satisfies Readonly<Record<string, Channel>>;

export type ChannelName = keyof typeof channels;

/** The JSON text of a message: as many images as the channel takes, and how many more there are. */
export function bodyFor(channel: Channel, message: Message): string {
  const render = (count: number) => JSON.stringify(channel.body(message, message.images.slice(0, count)));
  const fits = (count: number) => Buffer.byteLength(render(count)) <= channel.limit;
  let [low, high] = [0, message.images.length];
  if (fits(high)) return render(high);
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return render(low);
}

function webhookBody(message: Message, shown: readonly MessageImage[]): unknown {
  const { images, link = null, repository = null, ...rest } = message;
  return {
    schemaVersion: 1,
    kind: 'run',
    tool: { name: 'base-image-refresh', version },
    ...rest,
    link,
    repository,
    images: shown,
    omitted: images.length - shown.length,
  };
}

// Blocks of Slack: a header takes 150 characters, a section 3,000, a message 50 blocks. Only plain text is used, in
// which nothing is markup, a mention or a link.
function slackBody(message: Message, shown: readonly MessageImage[]): unknown {
  const plain = (text: string, most: number) => ({ type: 'plain_text', text: cut(text, most), emoji: false });
  const lines = linesOf(message, shown);
  return {
    text: cut(titleOf(message), 3_000).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    blocks: [
      { type: 'header', text: plain(titleOf(message), 150) },
      ...sections(lines, 3_000).map((text) => ({ type: 'section', text: plain(text, 3_000) })),
      ...(message.link === undefined || message.link.length > 3_000
        ? []
        : [{ type: 'actions', elements: [{ type: 'button', text: plain('Open the run', 75), url: message.link }] }]),
    ],
  };
}

// Text runs of a RichTextBlock are shown as they are; text blocks of Adaptive Cards read Markdown.
function teamsBody(message: Message, shown: readonly MessageImage[]): unknown {
  const run = (text: string, more: object = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...more }],
  });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      run(titleOf(message), { size: 'large', weight: 'bolder' }),
      ...linesOf(message, shown).map((line) => run(line)),
    ],
    ...(message.link === undefined
      ? {}
      : { actions: [{ type: 'Action.OpenUrl', title: 'Open the run', url: message.link }] }),
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

const endings: Readonly<Record<Message['conclusion'], string>> = {
  succeeded: 'Base images',
  'policy-failed': 'Base images refused by policy',
  'usage-error': 'Base images: wrong arguments',
  incomplete: 'Base images: not complete',
};

function titleOf({ conclusion, repository }: Message): string {
  return repository === undefined ? endings[conclusion] : `${endings[conclusion]}: ${repository}`;
}

function linesOf(message: Message, shown: readonly MessageImage[]): readonly string[] {
  const omitted = message.images.length - shown.length;
  return [
    message.headline,
    ...shown.map(({ name, image, label, detail }) => {
      const place = image === null || image === name ? '' : ` (${image})`;
      return `${label}: ${name}${place}${detail === '' ? '' : ` – ${detail}`}`;
    }),
    ...(omitted > 0 ? [`and ${omitted} more, in the report of the run`] : []),
  ];
}

function sections(lines: readonly string[], most: number): readonly string[] {
  const found: string[] = [];
  for (const line of lines.map((text) => cut(text, most))) {
    const last = found.at(-1);
    if (last !== undefined && last.length + line.length + 1 <= most) found[found.length - 1] = `${last}\n${line}`;
    else found.push(line);
  }
  return found;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
