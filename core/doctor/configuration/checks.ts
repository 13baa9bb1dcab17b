import type { Check } from '../examination.ts';
import { fileAtHand, fileFindings } from './file.ts';

/** Checks of the configuration file and of the files that it names. */
export const configurationChecks: readonly Check[] = [
  { id: 'config-file', group: 'configuration', examine: async (patient) => fileFindings(await fileAtHand(patient)) },
];
