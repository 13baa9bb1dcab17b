import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bodyFor, channels } from '../../core/notify/channels.ts';
import { isOfInterest, messageOf } from '../../core/notify/message.ts';
import { notify } from '../../core/notify/send.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { createWorld } from '../../core/world.ts';
import { useBundles } from '../hosts/bundles.ts';
import { hostEnvironment } from '../hosts/environment.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { runProcess } from '../hosts/run.ts';
import { startShop } from '../hosts/shop.ts';
import { sampleReport } from '../support/sample-report.ts';

const github = { GITHUB_SERVER_URL: 'https://github.example', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '7' };
const azure = {
  SYSTEM_COLLECTIONURI: 'https://dev.azure.example/acme/',
  SYSTEM_TEAMPROJECT: 'my shop',
  BUILD_BUILDID: '9',
  BUILD_REPOSITORY_NAME: 'shop',
};

function withImages(images: readonly ReportedImage[], change: Partial<RefreshReport> = {}): RefreshReport {
  return { ...sampleReport(), images, failures: [], ...change };
}

const [anyImage] = sampleReport().images;
if (anyImage === undefined) throw new Error('the sample has no image');
const current: ReportedImage = {
  ...anyImage,
  verdict: 'current',
  plan: null,
  build: null,
  scan: null,
  gate: null,
  promotion: null,
  failure: null,
};
const stale: ReportedImage = { ...current, verdict: 'stale' };
const hostile: ReportedImage = {
  ...current,
  verdict: 'unknown',
  name: '<!channel> *x* [a](https://evil.example) {{DATE()}}\n# head',
  failure: { code: 'not-found', subject: '<@U1>', detail: '\u001b[2J**gone**', retryable: false },
};

describe('when a run is posted', () => {
  test.each([
    ['a check that found nothing', [current], 'check', 'succeeded', { change: false, failure: false, always: true }],
    ['a check that found a stale image', [stale], 'check', 'succeeded', { change: true, failure: false, always: true }],
    ['a refresh that did nothing', [stale], 'refresh', 'succeeded', { change: false, failure: false, always: true }],
    ['a run against policy', [current], 'refresh', 'policy-failed', { change: true, failure: true, always: true }],
    ['a run that is not complete', [current], 'check', 'incomplete', { change: true, failure: true, always: true }],
  ] as const)('%s', (_, images, command, conclusion, wanted) => {
    const report = withImages(images, { command });
    for (const on of ['change', 'failure', 'always'] as const)
      expect([on, isOfInterest(report, conclusion, on)]).toEqual([on, wanted[on]]);
  });

  test('a refresh that promoted something', () => {
    const promoted = sampleReport().images.filter(({ promotion }) => promotion !== null);
    expect(isOfInterest(withImages(promoted, { command: 'refresh' }), 'succeeded', 'change')).toBe(true);
  });
});

describe('what is posted', () => {
  test.each([
    ['GitHub', github, 'https://github.example/acme/shop/actions/runs/7', 'acme/shop'],
    ['Azure', azure, 'https://dev.azure.example/acme/my%20shop/_build/results?buildId=9', 'shop'],
    ['a terminal', {}, undefined, undefined],
  ])('leads to the run on %s', (_, env, link, repository) => {
    expect(messageOf(withImages([stale]), 'succeeded', env)).toMatchObject({ link, repository });
  });

  test('names what is not current, worst first', () => {
    const { images, counts } = messageOf(withImages([current, stale, hostile]), 'incomplete', github);
    expect(images.map(({ outcome }) => outcome)).toEqual(['unknown', 'stale']);
    expect(counts).toEqual({ current: 1, stale: 1, unknown: 1 });
  });

  test('Slack gets plain text alone, in which nothing is markup or a mention', () => {
    const body = JSON.parse(bodyFor(channels.slack, messageOf(withImages([hostile]), 'incomplete', github)));
    const types = JSON.stringify(body).match(/"type":"[a-z_]+"/g);
    expect(new Set(types)).toEqual(
      new Set(['"type":"header"', '"type":"plain_text"', '"type":"section"', '"type":"actions"', '"type":"button"']),
    );
    expect(body.text).not.toMatch(/[<>]/);
    expect(body.blocks[0].text.text.length).toBeLessThanOrEqual(150);
  });

  test('Teams gets text runs, which show Markdown as it is written, in the envelope of a workflow', () => {
    const body = JSON.parse(bodyFor(channels.teams, messageOf(withImages([hostile]), 'incomplete', github)));
    const [{ contentType, contentUrl, content }] = body.attachments;
    expect([body.type, contentType, contentUrl]).toEqual(['message', 'application/vnd.microsoft.card.adaptive', null]);
    expect(content.body.map(({ type }: { type: string }) => type)).not.toContain('TextBlock');
    expect(content.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open the run', url: 'https://github.example/acme/shop/actions/runs/7' },
    ]);
  });

  test.each(['webhook', 'slack', 'teams'] as const)('%s stays within its bound and says what is left out', (name) => {
    const images = Array.from({ length: 5_000 }, (_, index) => ({
      ...hostile,
      name: `image-${index} ${'é'.repeat(40)}`,
    }));
    const message = messageOf(withImages(images), 'incomplete', github);
    const text = bodyFor(channels[name], message);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(channels[name].limit);
    const shown = text.match(/image-\d+/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(20);
    expect(text).toContain(name === 'webhook' ? `"omitted":${5_000 - shown}` : `and ${5_000 - shown} more`);
    if (name === 'slack') expect(JSON.parse(text).blocks.length).toBeLessThanOrEqual(50);
  });

  test('the webhook document', () => {
    expect(JSON.parse(bodyFor(channels.webhook, messageOf(withImages([stale]), 'succeeded', {})))).toEqual({
      schemaVersion: 1,
      kind: 'run',
      tool: { name: 'base-image-refresh', version: expect.any(String) },
      command: sampleReport().command,
      conclusion: 'succeeded',
      headline: '1 image: 1 stale.',
      finishedAt: sampleReport().finishedAt,
      counts: { stale: 1 },
      link: null,
      repository: null,
      images: [{ name: stale.name, image: stale.image, outcome: 'stale', label: 'stale', detail: '' }],
      omitted: 0,
    });
  });
});

async function serve(answers: readonly { readonly status: number; readonly headers?: Record<string, string> }[]) {
  const got: { readonly url: string | undefined; readonly type: string | undefined; readonly text: string }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const answer = answers[Math.min(got.length, answers.length - 1)] ?? { status: 200 };
      got.push({ url: request.url, type: request.headers['content-type'], text });
      response.writeHead(answer.status, answer.headers).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { got, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret`) };
}

describe('posting', () => {
  async function post(url: URL, on: 'change' | 'always' = 'always') {
    const host = recordingHost({}, 'github');
    const real = createWorld();
    const waits: number[] = [];
    const world = { ...real, env: github, sleep: async (ms: number) => void waits.push(ms) };
    await notify({ host, world }, { on, to: [{ channel: 'slack', url }] }, withImages([current]), 'succeeded');
    await real.close();
    return { waits, warnings: host.logged.map(({ level, message }) => `${level} ${message}`) };
  }

  test('sends JSON once, and nothing where there is nothing of interest', async () => {
    const { got, url } = await serve([{ status: 200 }]);
    expect(await post(url, 'change')).toEqual({ waits: [], warnings: [] });
    expect(got).toEqual([]);
    expect(await post(url)).toEqual({ waits: [], warnings: [] });
    expect(got).toMatchObject([{ url: '/hook/s3cret', type: 'application/json' }]);
  });

  test.each([
    ['succeeded', 1],
    ['policy-failed', 1],
    ['incomplete', 0],
    ['usage-error', 0],
  ] as const)(
    'feeds a dead-man switch whatever there is to say, but not after a run that is %s',
    async (ending, times) => {
      const { got, url } = await serve([{ status: 200 }]);
      const real = createWorld();
      const to = [{ channel: 'heartbeat' as const, url }];
      const world = { ...real, env: github };
      await notify({ host: recordingHost({}), world }, { on: 'failure', to }, withImages([current]), ending);
      await real.close();
      expect(got).toHaveLength(times);
      if (times > 0) expect(JSON.parse(got[0]?.text ?? '')).toMatchObject({ kind: 'run', conclusion: ending });
    },
  );

  test('waits as it is asked to, and tries again', async () => {
    const { got, url } = await serve([
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 503 },
      { status: 200 },
    ]);
    expect(await post(url)).toEqual({ waits: [3_000, 2_000], warnings: [] });
    expect(got).toHaveLength(3);
  });

  test.each([
    ['what is refused', { status: 403 }, 1],
    ['what redirects, for another would get the message', { status: 302, headers: { location: '/other' } }, 1],
    ['what stays unavailable', { status: 500 }, 3],
    ['what asks for a long wait', { status: 429, headers: { 'retry-after': '3600' } }, 1],
  ])('warns without the address of %s', async (_, answer, times) => {
    const { got, url } = await serve([answer]);
    const { warnings } = await post(url);
    expect(warnings).toEqual([
      `warning Slack: answered ${answer.status} to the notification; look at its address and its rights.`,
    ]);
    expect(got).toHaveLength(times);
  });

  test('warns without the address where nobody listens', async () => {
    const { warnings } = await post(new URL('http://127.0.0.1:1/hook/s3cret'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('s3cret');
  });
});

describe('the Action as a process', () => {
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  const bundles = useBundles();

  test('posts what a check found, and shows nothing of the address but its mask', async () => {
    const { got, url } = await serve([{ status: 200 }]);
    const shop = await startShop();
    const environment = hostEnvironment('github', {
      command: 'check',
      mirror: `docker.io=${shop.host}`,
      image: `${shop.host}/acme/web:1`,
      'notify-webhook': url.href,
    });
    writeFileSync(join(environment.folder, 'Dockerfile'), 'FROM debian:12\n');
    const { env, folder } = environment;
    const { code, stdout } = await runProcess(process.execPath, [bundles().action], { env, cwd: folder });
    await shop.close();
    expect(code).toBe(0);
    expect(got).toHaveLength(1);
    expect(JSON.parse(got[0]?.text ?? '')).toMatchObject({
      command: 'check',
      conclusion: 'succeeded',
      link: 'https://github.example/acme/shop/actions/runs/1',
      images: [{ image: `${shop.host}/acme/web:1`, outcome: 'stale' }],
    });
    expect(stdout.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('s3cret');
  });
});
