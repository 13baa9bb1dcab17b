import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { RunningDockerd } from '../setup/dockerd.ts';
import { run } from '../setup/run.ts';

/** What an engine makes of an image: its files, its settings, and what it says when it is started. */
export async function engineView(
  { docker, env }: Pick<RunningDockerd, 'docker' | 'env'>,
  folder: string,
  image: string,
): Promise<ReadonlyMap<string, string>> {
  await docker('pull', '--quiet', image);
  const created = ['create', '--hostname=judged', '--network=none', image];
  // What names no program cannot be started, and is created with one.
  const first = await run('docker', created, { env });
  const id = (first.code === 0 ? first.stdout : await docker(...created, '/bin/true')).trim();
  const archive = join(folder, `${id}.tar`);
  await docker('export', '--output', archive, id);
  const seen = new Map(await filesIn(archive));
  const settings = JSON.parse(await docker('inspect', '--format', '{{json .Config}}', id));
  const { Image: _, Env: variables = [], ...others } = settings;
  for (const [name, value] of Object.entries(others)) seen.set(`config ${name}`, JSON.stringify(value));
  for (const variable of variables) seen.set(`variable ${variable}`, '');
  const { code, stdout, stderr } = await run('timeout', ['20', 'docker', 'start', '--attach', id], { env });
  seen.set('start', JSON.stringify([code, stdout, stderr]).replaceAll(id, 'ID'));
  await docker('rm', '--force', '--volumes', id);
  return seen;
}

async function filesIn(archive: string): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  const reading = extract();
  reading.on('entry', (header, content, next) => {
    const { name, type, mode = 0, uid, gid, linkname, pax } = header;
    const hash = createHash('sha256');
    const attributes = Object.entries(pax ?? {}).filter(([key]) => key.startsWith('SCHILY.xattr.'));
    content.on('data', (chunk) => hash.update(chunk as Buffer));
    content.on('end', () => {
      const parts = [type, mode.toString(8), uid, gid, linkname ?? '', JSON.stringify(attributes), hash.digest('hex')];
      found.push([name, parts.join(' ')]);
      next();
    });
  });
  await pipeline(createReadStream(archive), reading);
  return found;
}

/** What one view has and the other has not, or has otherwise. */
export function viewDifferences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].flatMap((name) => {
    const [was, is] = [a.get(name) ?? 'nothing', b.get(name) ?? 'nothing'];
    return was === is ? [] : [`${name}: ${was} | ${is}`];
  });
}
