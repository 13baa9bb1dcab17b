import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import type { WarmProcesses } from '../hosts/again.ts';
import type { Bundles } from '../hosts/bundles.ts';
import { environmentIn, readEnvironmentFile } from '../hosts/environment.ts';
import type { Row } from './row.ts';
import type { Seen } from './seen.ts';
import { imageNames, releaseTags, type Site } from './site.ts';

/** Runs the command of a row on its site in another process, as its host would. */
export async function runRow(bundles: Bundles, processes: WarmProcesses, site: Site, row: Row): Promise<Seen> {
  const tagged = imageNames.flatMap((name) => releaseTags.map((tag) => [name, tag] as const));
  const before = Object.fromEntries(tagged.map(([name, tag]) => [`${name}:${tag}`, site.digestOf(name, tag)]));
  const faults = ((await row.faults?.(site)) ?? []).map((fault) => site.registry.inject(fault));
  const { outputs, ...ended } = await start(bundles, processes, site, row);
  for (const [at, fault] of faults.entries()) if (fault.hits() === 0) throw new Error(`fault ${at} met no request`);
  for (const fault of faults) fault.remove();
  const report: RefreshReport = JSON.parse(readFileSync(join(site.root, 'out/report.json'), 'utf8'));
  const image = (name: string) =>
    report.images.find(({ dockerfile }) => dockerfile === `${name}/Dockerfile`) as ReportedImage;
  return {
    ...ended,
    site,
    report,
    images: { web: image('web'), api: image('api') },
    before,
    outputs,
    calls: callsOf(site),
  };
}

async function start({ cli, action }: Bundles, processes: WarmProcesses, site: Site, row: Row) {
  const { command = 'refresh', inputs = {} } = row;
  const all = { config: site.settings, 'output-dir': 'out', ...inputs };
  const path = `${site.bin}:/usr/bin:/bin`;
  if (row.host === 'github') {
    const folder = join(site.bin, 'github');
    mkdirSync(folder, { recursive: true });
    const { env, file } = environmentIn(folder, 'github', { command, ...all });
    const ended = await processes.run(action, [], { env: { ...env, PATH: path }, cwd: site.root });
    return { ...ended, outputs: readEnvironmentFile(file('OUTPUT')) };
  }
  const options = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
  const env = { PATH: path, HOME: site.bin, TMPDIR: process.env.TMPDIR ?? '/tmp' };
  const args = [command, '--format=json', ...options];
  return { ...(await processes.run(cli, args, { env, cwd: site.root })), outputs: undefined };
}

function callsOf({ bin }: Site): Seen['calls'] {
  const file = join(bin, 'calls.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}
