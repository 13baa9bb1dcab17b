import { spawnSync } from 'node:child_process';

/** The action's committed bundle must be what the sources make, byte for byte; it has just been built again. */
export function committedBundle(root) {
  const status = git(root, ['status', '--porcelain', '--', 'action/dist']);
  // Staged is as good as committed: the second column tells how the folder differs from what git has been given.
  const differing = status.split('\n').filter((line) => line !== '' && line[1] !== ' ');
  if (differing.length > 0) return `action/dist differs from a fresh build; commit it:\n${differing.join('\n')}`;
  const kept = git(root, ['ls-files', '--', 'action/dist/index.cjs']);
  return kept === '' ? 'action/dist/index.cjs is not in git' : null;
}

function git(root, args) {
  const ran = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr.trim()}`);
  return ran.stdout;
}
