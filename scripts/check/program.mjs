import { spawnSync } from 'node:child_process';

/** Runs one of the project's programs with node; answers null, or all that it said when it fails. */
export function program(root, file, args, options = {}) {
  const stdio = options.show ? 'inherit' : 'pipe';
  const ran = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (ran.status === 0) return null;
  const said = options.show ? '' : `${ran.stdout}${ran.stderr}`.trim();
  return said === '' ? `${file} ended with ${ran.status ?? ran.signal}` : said;
}
