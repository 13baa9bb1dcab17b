import { expect, test } from 'vitest';
import { type EndMethod, endMethods, type ProcessSystem } from '../../core/world/process-tree.ts';

const windows: ProcessSystem = { os: 'win32', systemRoot: 'D:\\Windows' };

test.each<readonly [ProcessSystem, 'SIGTERM' | 'SIGKILL', readonly number[], EndMethod]>([
  [{ os: 'linux' }, 'SIGTERM', [], { kind: 'signal', signal: 'SIGTERM', to: [-42] }],
  [{ os: 'linux' }, 'SIGKILL', [50, 51], { kind: 'signal', signal: 'SIGKILL', to: [-42, 50, 51] }],
  [{ os: 'darwin' }, 'SIGTERM', [], { kind: 'signal', signal: 'SIGTERM', to: [-42] }],
  [
    windows,
    'SIGTERM',
    [],
    { kind: 'command', file: 'D:\\Windows\\System32\\taskkill.exe', args: ['/PID', '42', '/T', '/F'] },
  ],
  [
    { os: 'win32' },
    'SIGKILL',
    [],
    { kind: 'command', file: 'C:\\Windows\\System32\\taskkill.exe', args: ['/PID', '42', '/T', '/F'] },
  ],
])('on %j, %s ends a tree', (system, signal, strays, ending) => {
  expect(endMethods(system, 42, signal, strays)).toEqual(ending);
});
