import type { Repository } from '../oci/reference.ts';

/** Every way in which a pod names a repository: Docker Hub's host may be left out, or have another name (distribution/reference). */
export function spellings({ registry, repository }: Repository): readonly string[] {
  if (registry !== 'docker.io') return [`${registry}/${repository}`];
  const official = /^library\/([^/]+)$/.exec(repository)?.[1];
  const paths = official === undefined ? [repository] : [repository, official];
  return paths.flatMap((path) => [path, `docker.io/${path}`, `index.docker.io/${path}`]);
}
