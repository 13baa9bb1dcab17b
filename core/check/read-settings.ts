import { relative, resolve } from 'node:path';
import { lockFileName } from '../baseline/lock-file-shape.ts';
import type { World } from '../ports.ts';
import type { Settings } from '../settings/settings.ts';
import type { failInputs, listInputs, staleInputs } from './inputs.ts';
import { parseObjective } from './objective.ts';
import type { StaleSettings } from './settings.ts';

/** What makes an image stale, and what follows of it. */
export function readStaleness(
  settings: Settings<readonly [...typeof staleInputs, ...typeof listInputs, ...typeof failInputs]>,
  world: World,
  root: string,
): StaleSettings {
  const staleWhen = settings.choice('stale-when');
  const staleBases = settings.choice('stale-bases');
  const imageList = settings.text('image-list')?.text;
  return {
    ...lockFileOf(settings, world, root),
    ...(imageList === undefined ? {} : { imageList: resolve(world.cwd, imageList) }),
    ...(settings.text('settle') === undefined ? {} : { settle: settings.duration('settle') }),
    failOn: settings.choice('fail-on'),
    objectives: settings.texts('slo').map(parseObjective),
    ...(staleWhen === 'digest' ? {} : { staleWhen }),
    ...(staleBases === 'all' ? {} : { staleBases }),
  };
}

function lockFileOf(
  settings: Settings<typeof staleInputs>,
  world: World,
  root: string,
): Pick<StaleSettings, 'lockFile'> {
  const given = settings.text('lock-file');
  if (given === undefined || /^false$/i.test(given.text)) return {};
  if (/^true$/i.test(given.text)) return { lockFile: lockFileName };
  // The file names files from its own folder, and who types an input from where they are.
  return { lockFile: given.key === undefined ? relative(root, resolve(world.cwd, given.text)) : given.text };
}
