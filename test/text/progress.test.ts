import { expect, test } from 'vitest';
import type { Host, Progress } from '../../core/ports.ts';
import { withProgress } from '../../core/text/progress.ts';
import { recordingHost } from '../hosts/recording-host.ts';

type Shape = 'groups' | 'lines' | 'live';

/** A host of one shape that follows images, by a clock that a test moves on. */
function followed(shape: Shape) {
  const shown: string[] = [];
  let now = 0;
  let tick: (() => void) | undefined;
  const plain: Host = {
    ...recordingHost({}),
    log: (_, message, subject) => {
      shown.push(subject?.stage === undefined ? message : `[${subject.image} ${subject.stage}] ${message}`);
    },
  };
  const group = { begin: (title: string) => shown.push(`> ${title}`), end: () => shown.push('<') };
  const live = (line: string | undefined) => shown.push(`live: ${line ?? ''}`);
  const host = withProgress(
    { ...plain, ...(shape === 'groups' ? { group } : shape === 'live' ? { live } : {}) } as Host,
    {
      now: () => now,
      every: (_, work) => {
        tick = work;
        return () => {
          tick = undefined;
        };
      },
    },
  );
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      now += 1_000;
      tick?.();
    }
  };
  return { host, progress: host.progress as Progress, shown, pass, isTicking: () => tick !== undefined };
}

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('lines of images side by side come as one group an image, in the order in which the images end', async () => {
  const { host, progress, shown, pass } = followed('groups');
  const [web, api] = [gate(), gate()];
  const work = (name: string, { opened }: ReturnType<typeof gate>) =>
    progress.image(name, 2, async () => {
      host.log('info', `${name}: begins`);
      await progress.stage('scan', async () => {
        await opened;
        host.log('warning', `${name}: odd`);
      });
    });
  const both = [work('web', web), work('api', api)] as const;
  host.log('info', 'of no image');
  pass(3);
  api.open();
  await both[1];
  pass(2);
  web.open();
  await both[0];
  expect(shown).toEqual([
    'of no image',
    '> api (3 s)',
    'api: begins',
    '[api scan] api: odd',
    '<',
    '> web (5 s)',
    'web: begins',
    '[web scan] web: odd',
    '<',
  ]);
});

test.each(['groups', 'lines'] as const)(
  'a log of %s is silent for half a minute at most, and then says how far it is',
  async (shape) => {
    const { host, progress, shown, pass, isTicking } = followed(shape);
    const web = gate();
    const done = progress.image('api', 3, async () => {});
    const going = progress.image('web', 3, () => progress.stage('scan', () => web.opened));
    await done;
    pass(28);
    expect(shown).toEqual([]);
    pass(2);
    expect(shown).toEqual(['1 of 3 done: web is scanned (29 s)']);
    host.log('info', 'somebody speaks');
    pass(29);
    expect(shown).toHaveLength(3);
    pass(60);
    expect(shown.at(-1)).toBe('1 of 3 done: web is scanned (1 min 57 s)');
    web.open();
    await going;
    expect(isTicking()).toBe(false);
  },
);

test('a terminal shows every second what is under way, and lets go of it at the end', async () => {
  const { host, progress, shown, pass } = followed('live');
  const web = gate();
  const going = progress.image('web', 1, async () => {
    await progress.stage('build', () => web.opened);
    host.log('info', 'web: built');
  });
  pass(2);
  web.open();
  await going;
  expect(shown).toEqual([
    'live: 0 of 1 done: web is built (1 s)',
    'live: 0 of 1 done: web is built (2 s)',
    'web: built',
    'live: ',
  ]);
});

test('what images took in earlier runs says how long the rest is likely to take', async () => {
  const { progress, shown, pass } = followed('live');
  const [web, api] = [gate(), gate()];
  progress.expect(
    ['web', 'api', 'docs'],
    new Map([
      ['web', 300_000],
      ['api', 60_000],
      ['gone', 9],
    ]),
    2,
  );
  const going = [web, api].map(({ opened }, at) => progress.image(['web', 'api'][at] ?? '', 3, () => opened));
  const last = () =>
    shown
      .at(-1)
      ?.replace(/^live: /, '')
      .replace(/: .*/, '');
  pass(1);
  // docs is new: it takes as long as the others do, 300 s; two go on at once.
  expect(last()).toBe('0 of 3 done, about 5 min left');
  pass(59);
  api.open();
  await going[1];
  pass(1);
  expect(last()).toBe('1 of 3 done, about 5 min left');
  web.open();
  await going[0];
  const docs = gate();
  const end = progress.image('docs', 3, () => docs.opened);
  pass(225);
  expect(last()).toBe('2 of 3 done, about 80 s left');
  pass(120);
  expect(last()).toBe('2 of 3 done');
  docs.open();
  await end;
});

test('where no earlier run says anything, nothing is estimated', () => {
  const { progress, shown, pass } = followed('live');
  progress.expect(['web'], new Map([['api', 5]]), 4);
  void progress.image('web', 1, () => new Promise(() => {}));
  pass(1);
  expect(shown).toEqual(['live: 0 of 1 done: web is under way (1 s)']);
});

test('what is held back is shown when the process is to end, and what comes then comes at once', async () => {
  const { host, progress, shown } = followed('groups');
  const web = gate();
  const going = progress.image('web', 1, async () => {
    host.log('info', 'web: begins');
    await web.opened;
    host.log('error', 'web: stopped');
  });
  progress.unfold();
  expect(shown).toEqual(['> web (0 s)', 'web: begins', '<']);
  web.open();
  await going;
  expect(shown.slice(3)).toEqual(['web: stopped']);
});

test('an image that fails is shown all the same, and its failure goes on', async () => {
  const { host, progress, shown } = followed('groups');
  const going = progress.image('web', 1, async () => {
    host.log('error', 'web: broken');
    throw new Error('broken');
  });
  await expect(going).rejects.toThrow('broken');
  expect(shown).toEqual(['> web (0 s)', 'web: broken', '<']);
});

test('an image that says very much is shown in more than one group', async () => {
  const { host, progress, shown } = followed('groups');
  await progress.image('web', 1, async () => {
    for (let line = 0; line < 12_000; line += 1) host.log('debug', `line ${line}`);
  });
  expect(shown.filter((line) => line.startsWith('>'))).toHaveLength(3);
  expect(shown.filter((line) => line.startsWith('line'))).toHaveLength(12_000);
});

test('images of a second repository are counted anew', async () => {
  const { progress, shown, pass } = followed('lines');
  await progress.image('web', 1, async () => {});
  const api = gate();
  const going = progress.image('api', 2, () => api.opened);
  pass(30);
  expect(shown).toEqual(['0 of 2 done: api is under way (29 s)']);
  api.open();
  await going;
});
