import type { Check } from '../examination.ts';
import { engineFindings, enginesAtHand } from './engines.ts';
import { nodeFindings } from './node.ts';

/** Checks of the machine and of what is installed on it. */
export const environmentChecks: readonly Check[] = [
  { id: 'node', group: 'environment', examine: async ({ world }) => nodeFindings(world.platform.node) },
  { id: 'engine', group: 'environment', examine: async (patient) => engineFindings(await enginesAtHand(patient)) },
];
