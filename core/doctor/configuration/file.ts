import { resolve } from 'node:path';
import { onPolicyGround } from '../../config/base-branch.ts';
import { configFileOf } from '../../config/paths.ts';
import type { Failure } from '../../failure.ts';
import { type DoctorFinding, note, ok, problemOf } from '../check.ts';
import type { Examination } from '../examination.ts';

/** What there is of a configuration file. */
export type ConfigFile =
  | { readonly kind: 'read'; readonly name: string }
  | { readonly kind: 'absent'; readonly name: string }
  | { readonly kind: 'wrong'; readonly failures: readonly Failure[] };

/** Looks for the file that the run has read. */
export async function fileAtHand({ config, host, world }: Examination): Promise<ConfigFile> {
  if (config.faults !== undefined) return { kind: 'wrong', failures: config.faults };
  const named = host.input('config')?.trim();
  const there = onPolicyGround(world, config.policyGround ?? { kind: 'checkout' });
  const name = named || (await configFileOf(there, config.root));
  const { kind } = await there.files.stat(named ? resolve(world.cwd, named) : resolve(config.root, name));
  return { kind: kind === 'absent' ? 'absent' : 'read', name };
}

/** Whether the configuration file is there and means something. */
export function configFileFindings(file: ConfigFile): readonly DoctorFinding[] {
  switch (file.kind) {
    case 'read':
      return [ok(file.name, 'is valid')];
    case 'absent':
      return [note(file.name, 'not found, so inputs and defaults apply')];
    case 'wrong':
      return [
        ...file.failures.map(problemOf),
        note('configuration', 'all other checks ran as if there were no configuration file'),
      ];
  }
}
