import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A folder that the first test file of the run to ask for it makes, and all others only read. */
export async function shared(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const root = join(process.env.TEST_RUN_FOLDER ?? '', 'shared');
  const [folder, making, failed] = [join(root, name), join(root, `${name}.making`), join(root, `${name}.failed`)];
  if (isFirst(root, making)) {
    try {
      await make(making);
      renameSync(making, folder);
    } catch (error) {
      writeFileSync(failed, String(error));
    }
  }
  while (!existsSync(folder)) {
    if (existsSync(failed)) throw new Error(`${name} could not be made: ${readFileSync(failed, 'utf8')}`);
    await delay(50);
  }
  return folder;
}

function isFirst(root: string, making: string): boolean {
  mkdirSync(root, { recursive: true });
  try {
    mkdirSync(`${making}.lock`);
    mkdirSync(making);
    return true;
  } catch {
    return false;
  }
}
