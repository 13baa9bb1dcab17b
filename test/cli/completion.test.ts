import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionScript, completionShells } from '../../cli/completion/completion.ts';
import { inputsOf } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (shell: 'bash' | 'zsh' | 'fish') => {
  const path = join(folder, `script.${shell}`);
  writeFileSync(path, completionScript(shell));
  return path;
};

// What bash does when somebody presses the tabulator behind the last word.
function inBash(...words: readonly string[]): readonly string[] {
  const all = ['base-image-refresh', ...words].map((word) => `'${word}'`).join(' ');
  const script = `source ${file('bash')}; COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _base_image_refresh; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash completes', () => {
  test.each([
    [['che'], ['check']],
    [['re'], ['refresh', 'rebase', 'report']],
    [['check', '--form'], ['--format']],
    [['check', '--format', 'js'], ['json']],
    [['check', '--format', '=', 'js'], ['json']],
    [
      ['check', '--image', 'x', '--fail-on', ''],
      ['never', 'stale'],
    ],
    [['completion', 'z'], ['zsh']],
    [['scan', '--registry-password'], ['--registry-password-stdin']],
    [['check', 'src'], []],
  ])('%j', (words, expected) => {
    expect([...inBash(...words)].sort()).toEqual([...expected].sort());
  });

  test('every option of every command', () => {
    for (const { name } of commandDefinitions.slice(0, 4)) {
      const wanted = inputsOf('cli', name).map((input) => `--${input.name}${input.kind === 'secret' ? '-stdin' : ''}`);
      expect(inBash(name, '--')).toEqual([...wanted, '--help', '--version']);
    }
  });
});

test.each(completionShells)('the script for %s names every command and every option', (shell) => {
  const text = completionScript(shell);
  for (const { name } of commandDefinitions) expect(text).toContain(name);
  for (const { name, kind } of inputsOf('cli')) {
    expect(text).toContain(`${shell === 'fish' ? '-l ' : '--'}${name}${kind === 'secret' ? '-stdin' : ''}`);
  }
});

test.each(['zsh', 'fish'] as const)('%s reads its script, where it is installed', (shell) => {
  const { error, status, stderr } = spawnSync(shell, ['-n', file(shell)], { encoding: 'utf8' });
  expect(error === undefined ? { status, stderr } : 'not installed').toEqual(
    error === undefined ? { status: 0, stderr: '' } : 'not installed',
  );
});
