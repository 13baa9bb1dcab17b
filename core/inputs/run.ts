import type { InputDefinition, OutputDefinition } from '../settings/input.ts';

/** Inputs that say how a run goes and what it leaves behind. */
export const runInputs: readonly InputDefinition[] = [
  {
    name: 'matrix',
    kind: { choice: ['github', 'azure'] },
    help: 'Print the plan as a job matrix for this CI host; on GitHub and Azure the output matrix always holds it.',
    commands: ['plan'],
    hosts: ['cli'],
  },
  {
    name: 'format',
    kind: { choice: ['table', 'json', 'md', 'html', 'sarif', 'junit'] },
    aliases: { markdown: 'md' },
    default: 'table',
    help: 'Format of the result; md, html, sarif and junit are for the command report.',
  },
  {
    name: 'output-dir',
    kind: 'path',
    default: '.base-image-refresh',
    placeholder: 'DIR',
    help: 'Folder for the report files.',
  },
  {
    name: 'concurrency',
    kind: 'number',
    default: '4',
    range: { minimum: 1, maximum: 64 },
    placeholder: 'N',
    help: 'Most images built or scanned at the same time.',
    config: 'concurrency',
  },
  {
    name: 'verbose',
    kind: 'boolean',
    default: 'false',
    help: 'Log every step.',
  },
];

/** Outputs that later steps of a pipeline can read. */
export const outputs: readonly OutputDefinition[] = [
  { name: 'stale', help: 'Whether any image is stale: true or false.' },
  { name: 'stale-count', help: 'Number of stale images.' },
  {
    name: 'matrix',
    help: 'Job matrix of the images to rebuild, in the format of the CI host; empty if there are none.',
  },
  { name: 'refreshed', help: 'References of the promoted images, as a JSON array.' },
  { name: 'images', help: 'Verdict of every image, as a JSON array.' },
  {
    name: 'gate',
    help: 'Verdict of the gate over all images: pass, fail, inconclusive, or empty if nothing was gated.',
  },
  {
    name: 'deployment',
    help: 'How the deployment of all images ended: deployed, pending, planned, nowhere, held or failed; empty if nothing was to be deployed.',
  },
  { name: 'report', help: 'Path of the saved report.json.' },
  { name: 'sarif', help: 'Path of the SARIF file.' },
  { name: 'html', help: 'Path of the HTML report.' },
];
