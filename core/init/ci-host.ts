import { join } from 'node:path';
import type { World } from '../ports.ts';
import { gitIn } from '../tools/git.ts';

/** Where the workflow or pipeline of a repository runs, and what shows that. */
export interface CiHost {
  readonly kind: 'github' | 'azure' | 'none';
  readonly why: string;
}

/** Finds the CI host of a repository: by its workflows and pipelines, then by its remote, then by its folder for GitHub. */
export async function ciHostOf(world: World, root: string): Promise<CiHost> {
  const isThere = async (path: string, kind: string) => (await world.files.stat(join(root, path))).kind === kind;
  const [workflows, pipeline] = [
    await isThere('.github/workflows', 'directory'),
    (await isThere('azure-pipelines.yml', 'file')) || (await isThere('azure-pipelines.yaml', 'file')),
  ];
  if (workflows && !pipeline) return { kind: 'github', why: 'there is .github/workflows' };
  if (pipeline && !workflows) return { kind: 'azure', why: 'there is azure-pipelines.yml' };
  const remote = hostOfRemote((await gitIn(world, root).answer(['config', '--get', 'remote.origin.url'])) ?? '');
  if (remote !== undefined) return remote;
  if (workflows || (await isThere('.github', 'directory'))) return { kind: 'github', why: 'there is .github' };
  return { kind: 'none', why: 'neither its remote nor its files show one' };
}

/** The CI host that the address of a remote shows; undefined where it shows none. */
export function hostOfRemote(url: string): CiHost | undefined {
  const [, host = ''] = /^(?:[a-z+]+:\/\/)?(?:[^@/\s]*@)?([\w.-]+)(?=[:/])/i.exec(url) ?? [];
  const name = host.toLowerCase();
  const why = `the remote origin is on ${name}`;
  if (/^(?:(?:ssh\.|www\.)?github\.com|[\w-]+\.ghe\.com)$/.test(name)) return { kind: 'github', why };
  if (/^(?:ssh\.)?dev\.azure\.com$|\.visualstudio\.com$/.test(name)) return { kind: 'azure', why };
  return name !== '' && url.includes('/_git/') ? { kind: 'azure', why } : undefined;
}
