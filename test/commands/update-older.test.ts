import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { offer, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const day = (text: string) => `2025-${text}T10:00:00Z`;
const inputs = { format: 'json', 'update-policy': 'major' };

/** Offers tags by the day on which they were made, and updates what is pinned to the first of them. */
async function pinnedTo(days: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) {
  const [first = '', ...others] = Object.keys(days);
  const { digest } = await offer(server, 'acme/tool', first, { created: days[first] ?? '' });
  for (const tag of others) await offer(server, 'acme/tool', tag, { created: days[tag] ?? '' });
  return update(server, { Dockerfile: `FROM acme/tool:${first}@${digest}\n` }, { ...inputs, ...more });
}

describe('a higher number that was made before the pinned image', () => {
  test('is held with both days, and the next candidate is taken', async () => {
    const ended = await pinnedTo({ '3.4.1': day('06-10'), '3.4.2': day('06-20'), '14.0.0': day('01-05') });
    expect(ended.document.updates).toMatchObject([{ to: expect.stringContaining('acme/tool:3.4.2@') }]);
    expect(ended.document.held).toMatchObject([
      {
        to: 'docker.io/acme/tool:14.0.0',
        kind: 'major',
        reason: 'older-image',
        detail:
          'was made on 2025-01-05, before the pinned image of 2025-06-10; edit the reference to take it all the same',
      },
    ]);
    expect(ended.document.unchanged).toEqual([]);
  });

  test.each([
    ['a patch', { '3.4.1': day('06-10'), '3.4.2': day('06-08') }],
    ['a build of a version', { '9.3-1476': day('06-10'), '9.4-947': day('05-01') }],
    [
      'a major from before the first patch of the line',
      { '3.4.1': day('06-10'), '3.4.0': day('05-01'), '14.0.0': day('01-05') },
    ],
  ])('is held where it is %s', async (_, days) => {
    const ended = await pinnedTo(days);
    expect(ended.document).toMatchObject({ updates: [], held: [{ reason: 'older-image' }] });
  });

  test.each([
    ['was made within a day of it', { '3.4.1': day('06-10'), '3.4.2': '2025-06-09T10:00:00Z' }],
    [
      'is of a line that is maintained beside its own',
      { '3.4.7': day('06-10'), '3.4.0': day('01-05'), '4.0.1': day('06-01') },
    ],
    ['follows a tag of two numbers, which is rebuilt', { '22.04': day('06-10'), '24.04': day('06-01') }],
    ['follows a tag of one number, which is rebuilt', { '15': day('06-10'), '16': day('06-01') }],
    ['was made at the zero of SOURCE_DATE_EPOCH', { '3.4.1': day('06-10'), '3.4.2': '1970-01-01T00:00:00Z' }],
    ['was made at the zero of zip', { '3.4.1': day('06-10'), '3.4.2': '1980-01-01T00:00:01Z' }],
    ['follows one from the future', { '3.4.1': '2036-01-01T00:00:00Z', '3.4.2': day('06-01') }],
    [
      'is of a line whose beginning says nothing',
      { '3.4.1': day('06-10'), '3.4.0': '1970-01-01T00:00:00Z', '4.0.0': day('01-05') },
    ],
  ])('is taken where it %s', async (_, days) => {
    const ended = await pinnedTo(days, { lts: 'false' });
    expect(ended.document.updates).toHaveLength(1);
    expect(ended.document.held).toEqual([]);
  });

  test('is taken where nothing is pinned, for what a tag names now may be a rebuild', async () => {
    await offer(server, 'acme/tool', '3.4.1', { created: day('06-10') });
    await offer(server, 'acme/tool', '3.4.2', { created: day('06-01') });
    const ended = await update(server, { Dockerfile: 'FROM acme/tool:3.4.1\n' }, inputs);
    expect(ended.document.updates).toMatchObject([{ to: 'docker.io/acme/tool:3.4.2' }]);
  });

  test('is compared with the digest in the file, and not with a rebuild of its tag', async () => {
    const { digest } = await offer(server, 'acme/tool', '3.4.1', { created: day('05-01'), content: 'first' });
    await offer(server, 'acme/tool', '3.4.1', { created: day('06-10') });
    await offer(server, 'acme/tool', '3.4.2', { created: day('06-01') });
    const ended = await update(server, { Dockerfile: `FROM acme/tool:3.4.1@${digest}\n` }, inputs);
    expect(ended.document.updates).toMatchObject([{ to: expect.stringContaining('acme/tool:3.4.2@') }]);
  });

  test('is taken where the pinned image is gone, on which nothing can be built', async () => {
    await offer(server, 'acme/tool', '3.4.1', { created: day('06-10') });
    await offer(server, 'acme/tool', '3.4.2', { created: day('06-01') });
    const gone = `sha256:${'0'.repeat(64)}`;
    const ended = await update(server, { Dockerfile: `FROM acme/tool:3.4.1@${gone}\n` }, inputs);
    expect(ended.document.updates).toHaveLength(1);
  });
});
