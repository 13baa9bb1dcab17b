import type { Adapter } from './adapter.ts';
import { aqua } from './aqua.ts';
import { defenderCli } from './defender-cli.ts';
import { scout } from './scout.ts';
import { snyk } from './snyk.ts';
import { twistcli } from './twistcli.ts';

/** Scanners of other makers, by the name under which they are chosen. */
export const adapters = {
  twistcli,
  aqua,
  scout,
  snyk,
  'defender-cli': defenderCli,
} as const satisfies Readonly<Record<string, Adapter>>;
