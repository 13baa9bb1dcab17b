import { expect, test } from 'vitest';
import { githubList } from '../../core/pull-request/github-list.ts';
import { createWorld } from '../../core/world.ts';
import { startForgeServer } from '../support/forge-server.ts';

test('a list of GitHub that has no end fails: what is looked for may stand behind it', async () => {
  const page = Array.from({ length: 100 }, (_, number) => ({ number }));
  const forge = await startForgeServer(() => ({ status: 200, body: page }));
  const api = { world: createWorld(), root: forge.origin, headers: {}, permission: '' };
  try {
    const read = async () => {
      let count = 0;
      for await (const _ of githubList(api, '/pulls')) count += 1;
      return count;
    };
    await expect(read()).rejects.toThrow('has more than 5000 entries');
  } finally {
    await forge.close();
  }
});
