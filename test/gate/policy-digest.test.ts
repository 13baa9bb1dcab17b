import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPolicy } from '../../core/gate/load-policy.ts';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { digestOfPolicy } from '../../core/gate/policy-digest.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';

const ignored = 'CVE-2026-1000 exp:2099-01-01\n';
const exploited = JSON.stringify({
  dateReleased: '2026-11-30T00:00:00.000Z',
  vulnerabilities: [{ cveID: 'CVE-2026-2000', dueDate: '2026-12-24' }],
});

/** The digest of a policy whose files lie on one machine: beside the repository or in it. */
async function digestWith(folder: 'policy' | '../policy', files: { ignored: string; exploited: string }) {
  const root = join(repository({}), 'checkout');
  const place = join(root, folder);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, '.trivyignore'), files.ignored);
  writeFileSync(join(place, 'kev.json'), files.exploited);
  const gate: GatePolicy = {
    ...{ severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] },
    ignoreFiles: [join(place, '.trivyignore')],
    knownExploitedFile: join(place, 'kev.json'),
    knownExploitedMaxAge: 100_000,
  };
  const world = { ...createWorld(), cwd: root };
  return digestOfPolicy((await loadPolicy(world, root, gate)).policy);
}

test('a policy has the same digest wherever its files lie, and another where one of them says something else', async () => {
  const first = await digestWith('policy', { ignored, exploited });
  expect(await digestWith('../policy', { ignored, exploited })).toBe(first);
  // A comment moves what it accepts to another line, and accepts nothing.
  expect(await digestWith('../policy', { ignored: `# by the team\n${ignored}`, exploited })).toBe(first);
  const others = await Promise.all([
    digestWith('policy', { ignored: ignored.replace('1000', '1001'), exploited }),
    digestWith('policy', { ignored: ignored.replace('2099', '2098'), exploited }),
    digestWith('policy', { ignored, exploited: exploited.replace('2000', '2001') }),
    digestWith('policy', { ignored, exploited: exploited.replace('12-24', '12-23') }),
  ]);
  expect(new Set([first, ...others]).size).toBe(5);
});
