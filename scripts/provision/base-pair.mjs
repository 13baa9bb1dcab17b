import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { archives } from './apt.mjs';
import { place, sha256 } from './cache.mjs';
import { needRoot, run } from './shell.mjs';

// What the slim images of Debian leave out as well: nothing that a scanner reads, most of the size.
const unneeded = [
  'var/cache/apt/*',
  'var/lib/apt/lists/*',
  'var/log/*',
  'usr/share/doc/*',
  'usr/share/man/*',
  'usr/share/locale/*',
  'usr/share/info/*',
  'etc/resolv.conf',
  'etc/hostname',
];

// A package that both archives have, with real fixes between them, so that an upstream update fixes something.
const extra = 'openssl,ca-certificates';

/** Makes Debian 12 twice: as the main archive has it, and after the security archive's updates. */
export async function makeBasePair(root, apt) {
  needRoot();
  const { main, security } = archives();
  const versions = {};
  const folder = await place(root, 'debian-pair', async (temporary) => {
    const tools = join(temporary, 'tools');
    const system = join(temporary, 'system');
    versions.debootstrap = (await apt.unpack(['debootstrap/bookworm'], tools)).debootstrap;
    await run(
      'sh',
      [join(tools, 'usr/sbin/debootstrap'), '--variant=minbase', `--include=${extra}`, 'bookworm', system, main],
      {
        env: { ...insideEnvironment(), DEBOOTSTRAP_DIR: join(tools, 'usr/share/debootstrap') },
      },
    );
    const first = await installed(system);
    await pack(system, join(temporary, 'v1'), first);
    await upgrade(system, `deb ${main} bookworm main\ndeb ${security} bookworm-security main\n`);
    const second = await installed(system);
    await pack(system, join(temporary, 'v2'), second);
    const changed = Object.entries(second).flatMap(([name, { version, source }]) => {
      const before = first[name]?.version;
      return before === undefined || before === version ? [] : [{ name, source, from: before, to: version }];
    });
    if (changed.length === 0) throw new Error('the security archive updates no package of the main archive today');
    await writeFile(join(temporary, 'changed.json'), `${JSON.stringify(changed, null, 2)}\n`);
    await rm(tools, { recursive: true, force: true });
    await rm(system, { recursive: true, force: true });
  });
  const version = (await readFile(join(folder, 'v2', 'debian_version'), 'utf8')).trim();
  return {
    version,
    packages: versions,
    paths: { v1: join(folder, 'v1'), v2: join(folder, 'v2'), changed: join(folder, 'changed.json') },
  };
}

// The machine's folder for temporary files is not there inside the new system.
function insideEnvironment() {
  return { ...process.env, TMPDIR: '/tmp' };
}

async function upgrade(system, sources) {
  await writeFile(join(system, 'etc/apt/sources.list'), sources);
  // The machine's way to its archives (proxy, clock checks) holds inside as well, but does not stay there.
  const acquire = (await run('apt-config', ['dump'])).split('\n').filter((line) => line.startsWith('Acquire::'));
  await writeFile(join(system, 'acquire.conf'), `${acquire.join('\n')}\nDir::Cache::archives "/acquire";\n`);
  await mkdir(join(system, 'acquire/partial'), { recursive: true });
  const env = { ...insideEnvironment(), APT_CONFIG: '/acquire.conf', DEBIAN_FRONTEND: 'noninteractive' };
  await cp('/etc/resolv.conf', join(system, 'etc/resolv.conf'), { dereference: true });
  await run('chroot', [system, 'apt-get', 'update'], { env });
  await run('chroot', [system, 'apt-get', '-y', 'dist-upgrade'], { env });
  await rm(join(system, 'acquire'), { recursive: true, force: true });
  await rm(join(system, 'acquire.conf'));
}

async function installed(system) {
  const format = '${Package}\t${Version}\t${source:Package}\n';
  const rows = await run('dpkg-query', [`--admindir=${join(system, 'var/lib/dpkg')}`, '-W', '-f', format]);
  const found = {};
  for (const row of rows.trim().split('\n')) {
    const [name, version, source] = row.split('\t');
    found[name] = { version, source };
  }
  return found;
}

/** One gzip layer with its two digests, the way an image config and a manifest name it. */
async function pack(system, into, packages) {
  await mkdir(into);
  const excluded = unneeded.map((path) => `--exclude=./${path}`);
  const layer = join(into, 'layer.tar');
  const fixed = ['--sort=name', '--numeric-owner', '--exclude=./dev/*', '--exclude=./proc/*', '--exclude=./sys/*'];
  await run('tar', [...fixed, ...excluded, '-C', system, '-cf', layer, '.']);
  const diffId = `sha256:${await sha256(layer)}`;
  await pipeline(createReadStream(layer), createGzip({ level: 6 }), createWriteStream(`${layer}.gz`));
  await rm(layer);
  await cp(join(system, 'etc/debian_version'), join(into, 'debian_version'));
  const digest = `sha256:${await sha256(`${layer}.gz`)}`;
  await writeFile(join(into, 'layer.json'), `${JSON.stringify({ diffId, digest, packages }, null, 2)}\n`);
}
