import type { InputDefinition } from '../settings/input.ts';
import { namesFile, nothing } from '../settings/named.ts';

/** Inputs that say what makes an image stale. */
export const staleInputs = [
  {
    name: 'settle',
    kind: 'duration',
    placeholder: 'TIME',
    from: 'repository',
    help: 'How long to wait after a base has moved, such as 2h, because publishers push an index platform by platform.',
    commands: ['check', 'plan', 'refresh'],
    config: 'settle',
  },
  {
    name: 'stale-when',
    kind: { choice: ['digest', 'packages'] },
    default: 'digest',
    from: 'repository',
    help: 'What makes an image stale: a new digest of its base, or a change in the packages or configuration of its base.',
    commands: ['check', 'plan', 'refresh'],
    config: 'stale-when',
  },
  {
    name: 'stale-bases',
    kind: { choice: ['all', 'runtime'] },
    default: 'all',
    from: 'repository',
    help: 'Which bases make an image stale: all that its build takes, or the runtime base alone, whose layers the image keeps.',
    commands: ['check', 'plan', 'refresh'],
    config: 'stale-bases',
  },
  {
    name: 'lock-file',
    kind: 'string',
    placeholder: 'true|FILE',
    default: 'false',
    from: 'repository',
    names: (text) => (/^(?:true|false)$/i.test(text) ? nothing : namesFile(text)),
    help: 'Record what a refresh promotes in base-images.lock.json, or in the file named here. An existing lock file is always read.',
    commands: ['check', 'plan', 'refresh'],
    config: 'lock-file',
  },
] as const satisfies readonly InputDefinition[];

/** The input that names images that need no Dockerfile. */
export const listInputs = [
  {
    name: 'image-list',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'File that lists images to check by what they say of themselves, one on each line, instead of those of a repository.',
    commands: ['check'],
  },
] as const satisfies readonly InputDefinition[];

/** The input that makes stale images fail a run. */
export const failInputs = [
  {
    name: 'fail-on',
    isFirst: true,
    kind: { choice: ['stale', 'never'] },
    default: 'never',
    from: 'repository',
    help: 'Set to stale to make check, plan and a report of them exit with 1 when an image is stale.',
    commands: ['check', 'plan', 'report'],
    config: 'fail-on',
  },
  {
    name: 'slo',
    kind: 'list',
    commas: true,
    placeholder: 'OBJECTIVE',
    from: 'repository',
    help: 'Freshness objective, such as 24h behind: a run in which an image has been behind its bases for longer exits with 1. NAME=3d behind is for one image, 95% 24h behind for the share of all.',
    commands: ['check', 'refresh', 'report'],
    config: 'slo',
  },
] as const satisfies readonly InputDefinition[];
