import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { programFiles } from '../setup/programs.ts';
import { must } from '../setup/run.ts';

const programs = ['sh', 'mkdir', 'chmod', 'chown', 'ln', 'touch', 'true', 'cat', 'cp', 'rm', 'env'];
const release = (version: string) => `ID=judged\nVERSION_ID=${version}\n`;
const passwd = (uid: number) => `root:x:0:0:root:/root:/bin/sh\napp:x:${uid}:1000:app:/home/app:/bin/sh\n`;
const group = (gid: number) => `root:x:0:\napp:x:${gid}:\nmore:x:50:app\n`;
const library = "a library that applications copy, long enough to be nobody else's by chance: 1\n";

/** Writes what bases and applications are made of into a build context. */
export async function writeJudgeContext(folder: string): Promise<void> {
  const root = join(folder, 'rootfs');
  for (const path of [
    'bin',
    'etc',
    'tmp',
    'v1',
    'v2',
    'opt/runtime',
    'usr/lib',
    'usr/local/bin',
    'usr/local/lib/python3.9',
  ]) {
    await mkdir(join(root, path), { recursive: true });
  }
  await mkdir(join(root, 'srv/www'), { recursive: true });
  await must('chmod', ['0777', join(root, 'srv/www')]);
  for (const program of programs) await addProgram(root, program);
  await symlink('v1', join(root, 'current'));
  await symlink('python3.9', join(root, 'usr/local/bin/python3'));
  await cp(join(root, 'bin/cat'), join(root, 'usr/local/bin/python3.9'));
  const files = {
    'rootfs/etc/motd': 'welcome\n',
    'rootfs/etc/os-release': release('12'),
    'rootfs/etc/passwd': passwd(1000),
    'rootfs/etc/group': group(1000),
    'rootfs/usr/lib/copied.so': library,
    'os-release-13': release('13'),
    'passwd-moved': passwd(1001),
    'group-moved': group(1001),
    page: 'page\n',
    'site/page': 'page\n',
    'site/more/page': 'more\n',
    script: '#!/bin/sh\ncat /etc/motd\n',
    'script-of-runtime': '#!/usr/bin/env python3.9\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await mkdir(join(folder, 'links'));
  await symlink('/usr/local/bin/python3', join(folder, 'links/python3'));
  await symlink('/opt/runtime', join(folder, 'links/runtime'));
  for (const [name, of] of [
    ['rootfs.tar', root],
    ['site.tar', join(folder, 'site')],
  ] as const) {
    await must('tar', ['--owner=0', '--group=0', '--numeric-owner', '-cf', join(folder, name), '-C', of, '.']);
  }
}

async function addProgram(root: string, name: string): Promise<void> {
  for (const [path, source] of await programFiles(name)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(source, join(root, path), { dereference: true });
  }
}
