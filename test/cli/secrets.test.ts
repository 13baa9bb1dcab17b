import { expect, test } from 'vitest';
import { parseArguments } from '../../cli/args.ts';
import { withSecrets } from '../../cli/secrets.ts';

function request(...argv: string[]) {
  const parsed = parseArguments(argv);
  if (parsed.kind !== 'run') throw new Error('not a run');
  return parsed;
}

async function* stream(...chunks: string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

test('from the environment, which then holds it no more', async () => {
  const env: Record<string, string | undefined> = { BASE_IMAGE_REFRESH_REGISTRY_PASSWORD: 'hunter22', PATH: '/bin' };
  const inputs = await withSecrets(request('check', '--tags', 'a'), env, () => stream());
  expect(Object.fromEntries(inputs)).toEqual({ command: 'check', tags: 'a', 'registry-password': 'hunter22' });
  expect(env).toEqual({ PATH: '/bin' });
});

test('from standard input, over the environment', async () => {
  const env = { BASE_IMAGE_REFRESH_REGISTRY_PASSWORD: 'old' };
  const inputs = await withSecrets(request('check', '--registry-password-stdin'), env, () => stream('hunt', 'er22\n'));
  expect(inputs.get('registry-password')).toBe('hunter22');
});

test.each([
  [[], '--registry-password-stdin: has nothing on standard input; pipe the secret to it.'],
  [
    ['x'.repeat(40_000), 'x'.repeat(40_000)],
    '--registry-password-stdin: is longer than 64 KiB; pipe the secret alone.',
  ],
])('standard input that holds no secret', async (chunks, message) => {
  const asked = request('check', '--registry-password-stdin');
  await expect(withSecrets(asked, {}, () => stream(...chunks))).rejects.toThrow(message);
});
