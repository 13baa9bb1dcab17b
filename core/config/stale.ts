import { relative, resolve } from 'node:path';
import { lockFileName } from '../baseline/lock-file-shape.ts';
import type { World } from '../ports.ts';
import type { Settings } from '../settings/settings.ts';
import type { Config } from './model.ts';

/** How it is told whether an image is stale. */
export function readStaleness(
  settings: Settings,
  world: World,
  root: string,
): Pick<Config, 'lockFile' | 'settle' | 'staleWhen'> {
  const staleWhen: NonNullable<Config['staleWhen']> = settings.choice('stale-when');
  return {
    ...lockFileOf(settings, world, root),
    ...(settings.text('settle') === undefined ? {} : { settle: settings.duration('settle') }),
    ...(staleWhen === 'digest' ? {} : { staleWhen }),
  };
}

function lockFileOf(settings: Settings, world: World, root: string): Pick<Config, 'lockFile'> {
  const given = settings.text('lock-file');
  if (given === undefined || /^false$/i.test(given.text)) return {};
  if (/^true$/i.test(given.text)) return { lockFile: lockFileName };
  // The file names files from its own folder, and who types an input from where they are.
  return { lockFile: given.key === undefined ? relative(root, resolve(world.cwd, given.text)) : given.text };
}
