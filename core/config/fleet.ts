import { resolve } from 'node:path';
import type { fleetInputs } from '../inputs/run.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import type { World } from '../ports.ts';
import type { CommandName } from '../settings/commands.ts';
import { referenceOf } from '../settings/domain-values.ts';
import type { HostKind } from '../settings/input.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { complain, quoted, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import type { FleetSettings } from './model.ts';

const mostShards = 1000;

/** How work is shared out among machines. */
export function readFleet(
  host: HostKind,
  settings: Settings<typeof fleetInputs>,
  { cwd }: Pick<World, 'cwd'>,
  command: CommandName,
): FleetSettings {
  const runDigest = digestOf(settings.text('run-digest'));
  const leg = command === 'report' ? undefined : readLeg(host, settings, cwd, runDigest);
  const fleetFile = settings.text('fleet')?.text;
  return {
    ...(fleetFile === undefined ? {} : { fleetFile: resolve(cwd, fleetFile) }),
    shards: shardsOf(settings.text('shards')),
    ...(settings.boolean('native-legs') ? { nativeLegs: true as const } : {}),
    parentWait: settings.text('parent-wait') === undefined ? 0 : settings.duration('parent-wait'),
    changedBases: settings.texts('changed-base').map(referenceOf),
    ...(leg === undefined ? {} : { leg }),
    ...given('runDigest', runDigest),
  };
}

function shardsOf(value: Text | undefined): FleetSettings['shards'] {
  if (value === undefined || value.text === 'auto') return 'auto';
  const number = /^[1-9]\d{0,4}$/.test(value.text) ? Number(value.text) : 0;
  if (number >= 1 && number <= mostShards) return number;
  throw complain(value, `cannot be ${quoted(value.text)}`, `use auto or a number from 1 to ${mostShards}`);
}

function digestOf(value: Text | undefined): Digest | undefined {
  const found = value === undefined ? undefined : asDigest(value.text);
  if (value === undefined || found !== undefined) return found;
  throw complain(value, `cannot be ${quoted(value.text)}`, 'use sha256: and 64 hexadecimal digits');
}

function readLeg(
  host: HostKind,
  settings: Settings<typeof fleetInputs>,
  cwd: string,
  expected: Digest | undefined,
): FleetSettings['leg'] {
  const [file, digest, shard] = (['run', 'run-digest', 'shard'] as const).map((name) => settings.text(name));
  const label = (name: string) => inputLabel(host, name);
  if (file === undefined) {
    const lost = shard ?? digest;
    if (lost === undefined) return undefined;
    throw complain(lost, `is nothing without ${label('run')}`, `give ${label('run')} too`);
  }
  if (shard === undefined)
    throw complain(file, 'is shared out among legs', `say with ${label('shard')} which one to do`);
  if (!/^[1-9]\d{0,4}\/[1-9]\d{0,4}$/.test(shard.text))
    throw complain(shard, `cannot be ${quoted(shard.text)}`, 'use K/N, such as 3/12');
  return { file: resolve(cwd, file.text), shard: shard.text, ...given('digest', expected) };
}
