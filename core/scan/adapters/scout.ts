import { readSarif } from '../formats/sarif.ts';
import type { Adapter } from './adapter.ts';

/** Docker Scout, which reads the registry itself; the login of Docker Hub is that of DOCKER_SCOUT_HUB_USER. */
export const scout: Adapter = {
  name: 'Docker Scout',
  program: 'docker',
  variables: ['DOCKER_SCOUT_HUB_USER'],
  secrets: ['DOCKER_SCOUT_HUB_PASSWORD'],
  required: [['DOCKER_SCOUT_HUB_USER'], ['DOCKER_SCOUT_HUB_PASSWORD']],
  reads: 'registry',
  login: { username: 'DOCKER_SCOUT_REGISTRY_USER', password: 'DOCKER_SCOUT_REGISTRY_PASSWORD' },
  version: ['scout', 'version'],
  args: ({ image, platform, output }) => [
    'scout',
    'cves',
    '--format',
    'sarif',
    '--platform',
    platform,
    '--output',
    output,
    `registry://${image}`,
  ],
  // Without --exit-code its findings do not change it.
  exits: [0],
  read: readSarif,
};
