import { readSarif } from '../formats/sarif.ts';
import { type Adapter, dockerVariables } from './adapter.ts';

/** Microsoft's Defender for Cloud CLI, which scans what the local Docker holds with Defender Vulnerability Management. */
export const defenderCli: Adapter = {
  name: 'Defender for Cloud CLI',
  program: 'defender',
  variables: ['DEFENDER_TENANT_ID', 'DEFENDER_CLIENT_ID', ...dockerVariables],
  secrets: ['DEFENDER_CLIENT_SECRET'],
  required: [['DEFENDER_TENANT_ID'], ['DEFENDER_CLIENT_ID'], ['DEFENDER_CLIENT_SECRET']],
  reads: 'docker',
  version: ['--version'],
  args: ({ image, output }) => ['scan', 'image', image, '--defender-output', output],
  // Without --defender-break its findings do not change it.
  exits: [0],
  read: readSarif,
};
