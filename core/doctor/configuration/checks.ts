import type { Check } from '../examination.ts';
import { entryFindings } from './entries.ts';
import { exceptionFindings } from './exceptions.ts';
import { fileAtHand, fileFindings } from './file.ts';
import { namedFileFindings } from './named-files.ts';
import { secretFindings, textsAtHand } from './secrets.ts';

/** Checks of the configuration file and of the files that it names. */
export const configurationChecks: readonly Check[] = [
  { id: 'config-file', group: 'configuration', examine: async (patient) => fileFindings(await fileAtHand(patient)) },
  {
    id: 'image-entries',
    group: 'configuration',
    examine: async ({ discovered }) => entryFindings(await discovered()),
  },
  {
    id: 'named-files',
    group: 'configuration',
    examine: async ({ namedFiles }) => namedFileFindings(await namedFiles()),
  },
  { id: 'secrets', group: 'configuration', examine: async (patient) => secretFindings(await textsAtHand(patient)) },
  {
    id: 'exceptions',
    group: 'configuration',
    examine: async ({ namedFiles, world }) => exceptionFindings((await namedFiles()).exceptions, world.now()),
  },
];
