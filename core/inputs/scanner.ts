import { scannerKeys } from '../scan/config.ts';
import type { InputDefinition } from './definition.ts';
import { inputOfKey } from './of-key.ts';

const gated = ['refresh', 'scan', 'rebase'] as const;

/** Inputs that say which scanner is used and where it has what it needs. */
export const scannerInputs: readonly InputDefinition[] = [
  ...Object.entries(scannerKeys).flatMap(([key, { help, shape }]) =>
    key === 'tool' ? inputOfKey('scanner', help, shape, { commands: gated, config: 'scanner.tool' }) : [],
  ),
  {
    name: 'scanners',
    kind: 'list',
    commas: true,
    placeholder: 'NAME',
    help: 'Scanners that scan side by side, in place of scanner; what any of them finds counts.',
    commands: gated,
    config: 'scanners',
  },
  {
    name: 'scanner-path',
    kind: 'path',
    placeholder: 'FILE',
    help: 'Executable of Trivy or Grype; without it, trivy or grype on PATH.',
    commands: [...gated, 'demo'],
  },
  {
    name: 'scanner-install',
    kind: 'boolean',
    default: 'false',
    help: 'Whether Trivy or Grype is installed where PATH has none, at an exact version whose checksum is built in.',
    commands: gated,
    config: 'scanner.install',
  },
  {
    name: 'scanner-version',
    kind: 'string',
    placeholder: 'VERSION',
    help: 'Exact version to install, whatever PATH has; it needs scanner-install.',
    commands: gated,
    config: 'scanner.version',
  },
  {
    name: 'scanner-download-url',
    kind: 'string',
    placeholder: 'URL',
    help: 'Mirror from which the scanner is installed, laid out as its releases on GitHub are.',
    commands: gated,
    config: 'scanner.download-url',
  },
  {
    name: 'scanner-cache',
    kind: 'path',
    placeholder: 'DIR',
    help: 'Folder in which the scanner keeps its vulnerability database.',
    commands: [...gated, 'demo'],
  },
  {
    name: 'database-repository',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Repository from which the scanner fetches its vulnerability database.',
    commands: gated,
    config: 'scanner.database-repository',
  },
  {
    name: 'java-database-repository',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Repository from which Trivy fetches its database of Java archives, where an image holds some.',
    commands: gated,
    config: 'scanner.java-database-repository',
  },
  {
    name: 'database-max-age',
    kind: 'number',
    range: { minimum: 1, maximum: 3650 },
    placeholder: 'DAYS',
    help: 'Oldest vulnerability database that may judge an image, also where a newer one cannot be fetched; without it, one that is past its date is a warning.',
    commands: gated,
    config: 'scanner.database-max-age',
  },
  {
    name: 'defender-wait',
    kind: 'duration',
    default: '30m',
    placeholder: 'TIME',
    help: 'Longest time to wait for the results of Microsoft Defender for Cloud.',
    commands: gated,
    config: 'scanner.defender-wait',
  },
  {
    name: 'fetch-database',
    kind: 'boolean',
    default: 'false',
    help: 'Whether to have the scanner and its vulnerability database ready, for the jobs of the matrix.',
    commands: ['plan'],
  },
  {
    name: 'skip-database-update',
    kind: 'boolean',
    default: 'false',
    help: 'Whether the scanner uses the vulnerability database that it has.',
    commands: gated,
    config: 'scanner.skip-database-update',
  },
];
