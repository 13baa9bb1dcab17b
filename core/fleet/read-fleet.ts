import { relative } from 'node:path';
import type { World } from '../ports.ts';
import { decodeText } from '../text/decode.ts';
import { type FleetFile, parseFleet } from './fleet-file.ts';

const largest = 1024 * 1024;

/** Reads the file of a fleet; throws where it says nothing that can be done. */
export async function readFleetFile(world: World, path: string): Promise<FleetFile> {
  const name = relative(world.cwd, path);
  return parseFleet(decodeText(await world.files.read(path, largest), name), name);
}
