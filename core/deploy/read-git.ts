import { posix } from 'node:path';
import { below, type FileNode, statedText } from '../settings/file-node.ts';
import { type Key, valueKey } from '../settings/shape.ts';
import { complain, invalid } from '../settings/value.ts';
import type { GitSettings } from './settings.ts';

const gitKeys: Readonly<Record<string, Key>> = {
  repository: valueKey('URL of the repository; that of the run if absent.', { kind: 'string', from: 'run' }),
  branch: valueKey('Branch that is deployed; the default branch if absent.', { kind: 'string', from: 'repository' }),
  path: valueKey('Folder in the repository; all of it if absent.', { kind: 'string', from: 'repository' }),
  by: valueKey('Whether one pull request or one commit is made for each group.', {
    kind: { choice: ['pull-request', 'commit'] },
    from: 'repository',
    default: 'pull-request',
  }),
};

/** The key of a target that is a repository. */
export const gitKey: Key = {
  help: 'Repository into which the digests are written, in place of a cluster: what Argo CD, Flux or a pipeline deploys.',
  shape: { kind: 'mapping', keys: gitKeys },
};

/** Reads of a target whether it is a repository; throws `config` where it is a cluster too. */
export function readGit(item: FileNode): { readonly git?: GitSettings } {
  const git = below(item, 'git');
  if (git === undefined) return {};
  const text = (path: string) => statedText(below(git, path));
  for (const key of ['aks', 'kubeconfig', 'context', 'namespaces', 'workloads', 'on-failure', 'managed', 'timeout']) {
    const other = below(item, key);
    if (other === undefined) continue;
    const where = { where: `${other.file}:${other.node.line}`, key: other.key };
    throw complain(where, 'stands beside git', 'make a target of its own of each');
  }
  const [repository, branch, path, by] = ['repository', 'branch', 'path', 'by'].map(text);
  if (branch !== undefined && !/^(?!-)(?!.*\.\.)[\w./-]+$/.test(branch.text)) throw invalid(branch, 'give a branch');
  const folder = path === undefined ? '' : posix.normalize(path.text).replace(/^\.$|\/+$/g, '');
  if (path !== undefined && (posix.isAbsolute(folder) || folder.startsWith('..')))
    throw invalid(path, 'give a folder of the repository');
  return {
    git: {
      path: folder,
      by: by?.text === 'commit' ? 'commit' : 'pull-request',
      ...(repository === undefined ? {} : { repository: repository.text }),
      ...(branch === undefined ? {} : { branch: branch.text }),
    },
  };
}
