import { existsSync } from 'node:fs';
import { debianHost, needRoot, run } from './shell.mjs';

const path = '/usr/bin/chromium';

/** Debian's Chromium, in which the Azure results tab is looked at; installed into the system where it is absent. */
export async function installChromium() {
  if (!existsSync(path)) {
    const why = debianHost();
    if (why !== null) throw new Error(why);
    needRoot();
    await run('apt-get', ['update']);
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  const said = await run(path, ['--no-sandbox', '--version']);
  return { version: /[\d.]+/.exec(said)?.[0] ?? 'of unknown version', paths: { chromium: path } };
}
