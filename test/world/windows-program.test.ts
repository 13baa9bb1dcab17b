import { win32 } from 'node:path';
import { expect, test } from 'vitest';
import { createExec } from '../../core/world/exec.ts';
import { programOnWindows, type WindowsProgram } from '../../core/world/windows-program.ts';

const files = [
  'C:\\work\\shop\\docker.exe',
  'C:\\Docker\\docker.exe',
  'C:\\tools\\trivy.exe',
  'C:\\tools\\old.com',
  'C:\\Azure CLI\\az.cmd',
  'C:\\nvm\\npm',
  'C:\\nvm\\npm.cmd',
  'C:\\nvm\\node.exe',
  '\\\\server\\share\\cosign.exe',
];
// Names of files have no case there.
const isFile = (path: string) => files.some((file) => file.toLowerCase() === win32.normalize(path).toLowerCase());
const path = 'C:\\Docker;.;shop;;\\rooted;"C:\\Azure CLI";c:/tools;C:\\nvm;\\\\server\\share';
const found = (file: string): WindowsProgram => ({ kind: 'found', file });

test.each<[string, string, Readonly<Record<string, string>>, WindowsProgram]>([
  ['a name', 'docker', { PATH: path }, found('C:\\Docker\\docker.exe')],
  ['a name in another case', 'DOCKER', { Path: path }, found('C:\\Docker\\DOCKER.exe')],
  ['a name with its ending', 'docker.exe', { path }, found('C:\\Docker\\docker.exe')],
  ['the old ending', 'old', { PATH: path }, found('c:\\tools\\old.com')],
  ['PATH with slashes', 'trivy', { PATH: path }, found('c:\\tools\\trivy.exe')],
  ['a share', 'cosign', { PATH: path }, found('\\\\server\\share\\cosign.exe')],
  ['nothing of the working folder', 'docker', { PATH: '.;shop;' }, { kind: 'not-found' }],
  ['no PATH', 'docker', {}, { kind: 'not-found' }],
  ['a script of the command processor', 'az', { PATH: path }, { kind: 'not-executable' }],
  ['such a script by its ending', 'az.cmd', { PATH: path }, { kind: 'not-executable' }],
  ['such a script by its path', 'C:\\Azure CLI\\az.CMD', { PATH: path }, { kind: 'not-executable' }],
  ['a script beside it that is for other systems', 'npm', { PATH: path }, { kind: 'not-executable' }],
  ['a path', 'C:\\nvm\\node.exe', { PATH: path }, found('C:\\nvm\\node.exe')],
  ['a path with slashes', 'D:/x/trivy.exe', { PATH: path }, found('D:/x/trivy.exe')],
])('%s: %s', (_, file, env, wanted) => {
  expect(programOnWindows({ file, env }, isFile)).toEqual(wanted);
});

test('a program that is nowhere on PATH is not started on Windows, whatever stands in the working folder', async () => {
  const processes = createExec({ os: 'win32' });
  const command = { args: [], env: { PATH: '' }, cwd: '/bin', timeout: 5_000 };
  expect(await processes.exec({ ...command, file: 'true' })).toEqual({ kind: 'not-found' });
  await processes.close();
});
