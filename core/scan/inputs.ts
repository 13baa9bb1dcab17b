import type { InputDefinition } from '../settings/input.ts';
import { inputOf } from '../settings/input-of-key.ts';
import { scannerKeys } from './config.ts';
import { proofs } from './proof.ts';
import { installableNames, scanners } from './scanners.ts';

const installed = installableNames(scanners, 'or', ({ title }) => title);
const gated = ['refresh', 'scan', 'rebase', 'doctor'] as const;
// With fetch-database, plan gets the scanner and its database for the jobs of its matrix.
const fetching = ['plan', ...gated] as const;

/** Inputs that say which scanner is used and where it has what it needs. */
export const scannerInputs = [
  inputOf('scanner', scannerKeys.tool, { commands: fetching, config: 'scanner.tool' }),

  {
    name: 'scanners',
    kind: 'list',
    commas: true,
    placeholder: 'NAME',
    from: 'repository',
    help: 'Several scanners to run side by side instead of scanner; what any of them finds counts.',
    commands: fetching,
    config: 'scanners',
  },
  {
    name: 'scanner-path',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: `${installed} executable; by default the one on PATH.`,
    commands: [...fetching, 'demo'],
  },
  {
    name: 'scanner-install',
    isFirst: true,
    kind: 'boolean',
    from: 'repository',
    help: `Install ${installed} if PATH has none, at a fixed version whose checksum is built in. By default true on GitHub and Azure, and false on the command line.`,
    commands: fetching,
    config: 'scanner.install',
  },
  {
    name: 'scanner-version',
    kind: 'string',
    placeholder: 'VERSION',
    from: 'repository',
    help: 'Exact version to install, even if PATH has another; requires scanner-install.',
    commands: fetching,
    config: 'scanner.version',
  },
  {
    name: 'scanner-download-url',
    kind: 'string',
    placeholder: 'URL',
    from: 'run',
    help: 'Mirror to install the scanner from, with the same layout as its releases on GitHub.',
    commands: fetching,
    config: 'scanner.download-url',
  },
  {
    name: 'scanner-cache',
    kind: 'path',
    placeholder: 'DIR',
    from: 'run',
    help: 'Folder where the scanner keeps its vulnerability database.',
    commands: [...fetching, 'demo'],
  },
  {
    name: 'database-repository',
    kind: 'string',
    placeholder: 'REFERENCE',
    from: 'run',
    help: 'Repository that the scanner downloads its vulnerability database from.',
    commands: fetching,
    config: 'scanner.database-repository',
  },
  {
    name: 'java-database-repository',
    kind: 'string',
    placeholder: 'REFERENCE',
    from: 'run',
    help: 'Repository that Trivy downloads its Java database from, for images with Java archives.',
    commands: fetching,
    config: 'scanner.java-database-repository',
  },
  {
    name: 'database-max-age',
    kind: 'number',
    range: { minimum: 1, maximum: 3650 },
    placeholder: 'DAYS',
    from: 'repository',
    help: 'Days after which a vulnerability database is too old to pass an image, even if no newer one can be downloaded. By default an outdated one is only a warning.',
    commands: gated,
    config: 'scanner.database-max-age',
  },
  {
    name: 'accept-unproven',
    kind: 'string',
    placeholder: 'PROOFS',
    from: 'run',
    help: `What the report of a scanner need not prove, separated by commas: ${proofs.join(', ')}.`,
    commands: gated,
    config: 'scanner.accept-unproven',
  },
  {
    name: 'defender-wait',
    kind: 'duration',
    default: '30m',
    placeholder: 'TIME',
    from: 'repository',
    help: 'How long to wait for the results of Microsoft Defender for Cloud.',
    commands: gated,
    config: 'scanner.defender-wait',
  },
  {
    name: 'fetch-database',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Download the scanner and its vulnerability database once, for all jobs of the matrix.',
    commands: ['plan'],
  },
  {
    name: 'skip-database-update',
    kind: 'boolean',
    default: 'false',
    from: 'repository',
    help: 'Use the vulnerability database that is there, without downloading a newer one.',
    commands: gated,
    config: 'scanner.skip-database-update',
  },
] as const satisfies readonly InputDefinition[];
