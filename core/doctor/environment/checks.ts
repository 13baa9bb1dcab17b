import type { DoctorCheck } from '../check-definition.ts';
import { builderFindings, buildersAtHand } from './builders.ts';
import { clockFindings } from './clock.ts';
import { diskAtHand, diskFindings } from './disk.ts';
import { engineFindings, enginesAtHand } from './engines.ts';
import { gitAtHand, gitFindings } from './git.ts';
import { kubectlAtHand, kubectlFindings } from './kubectl.ts';
import { leftoverFindings } from './leftovers.ts';
import { networkAtHand, networkFindings } from './network.ts';
import { nodeFindings } from './node.ts';
import { scannersAtHand } from './scanner.ts';
import { scannerFindings } from './scanner-findings.ts';
import { signerFindings, signersAtHand } from './signer.ts';

/** Checks of the machine and of what is installed on it. */
export const environmentChecks: readonly DoctorCheck[] = [
  { id: 'node', group: 'environment', examine: async ({ world }) => nodeFindings(world.platform.node) },
  { id: 'git', group: 'environment', examine: async (examination) => gitFindings(await gitAtHand(examination)) },
  {
    id: 'engine',
    group: 'environment',
    examine: async (examination) => engineFindings(await enginesAtHand(examination)),
  },
  {
    id: 'builders',
    group: 'environment',
    examine: async (examination) => builderFindings(await buildersAtHand(examination)),
  },
  {
    id: 'scanner',
    group: 'environment',
    examine: async (examination) => scannerFindings(await scannersAtHand(examination)),
  },
  {
    id: 'signer',
    group: 'environment',
    examine: async ({ world, config }) => signerFindings(await signersAtHand(world, config)),
  },
  {
    id: 'kubectl',
    group: 'environment',
    examine: async ({ world, config }) => kubectlFindings(await kubectlAtHand(world, config)),
  },
  {
    id: 'network',
    group: 'environment',
    examine: async ({ world, config }) => networkFindings(await networkAtHand(world, config.registry.authorities)),
  },
  {
    id: 'output-folder',
    group: 'environment',
    examine: async ({ world, config }) => diskFindings(await diskAtHand(world, config.outputDirectory)),
  },
  {
    id: 'leftovers',
    group: 'environment',
    examine: async ({ world }) => leftoverFindings(await world.files.leftovers()),
  },
  {
    id: 'clock',
    group: 'environment',
    examine: async (examination) => clockFindings((await examination.registries()).skews),
  },
];
