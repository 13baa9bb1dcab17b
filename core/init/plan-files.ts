import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import type { Discovery } from '../discover/discover.ts';
import { originOf } from '../discover/origin.ts';
import { ciFilesAtHand } from '../doctor/workflows/files.ts';
import { stepsOf } from '../doctor/workflows/steps.ts';
import type { World } from '../ports.ts';
import { configFileName, configFileNames } from '../product.ts';
import { isThere } from '../update/write.ts';
import { type CiHost, ciHostOf } from './ci-host.ts';
import { draftConfig, draftOf } from './draft-config.ts';
import { ignoreFile, newFile, type PlacedFile } from './placed.ts';
import { pipelineText, workflowText } from './workflow-text.ts';

/** What `init` would write, and for which host. */
export interface InitPlan {
  readonly host: CiHost;
  readonly files: readonly PlacedFile[];
}

const exampleNames = {
  github: 'ghcr.io/OWNER/NAME:TAG',
  azure: 'REGISTRY.azurecr.io/NAME:TAG',
  none: 'REGISTRY/NAME:TAG',
} as const;

/** Plans the files of a repository that has just been looked at; writes nothing. */
export async function planFiles(world: World, config: Config, found: Discovery): Promise<InitPlan> {
  const { root, ciHost } = config;
  const host: CiHost = ciHost === undefined ? await ciHostOf(world, root) : { kind: ciHost, why: 'it was asked for' };
  const images = await draftOf(world, config, found);
  const text = await draftConfig(world, config, found, images, exampleNames[host.kind]);
  return {
    host,
    files: [
      await configFile(world, root, text),
      ...(await ciFile(world, config, found, host)),
      await ignoreFile(world, config),
    ],
  };
}

async function configFile(world: World, root: string, text: string): Promise<PlacedFile> {
  for (const path of configFileNames) {
    if (await isThere(world, join(root, path))) return { kind: 'left', path, why: 'is there already' };
  }
  return newFile(world, root, configFileName, text);
}

const ciPaths = {
  github: '.github/workflows/base-image-refresh.yml',
  azure: 'azure-pipelines-base-images.yml',
} as const;

async function ciFile(
  world: World,
  config: Config,
  found: Discovery,
  { kind }: CiHost,
): Promise<readonly PlacedFile[]> {
  if (kind === 'none') return [];
  const path = ciPaths[kind];
  const { root, placeInRepository: place = '' } = config;
  // Hosts look for their files there alone, and what they check out is the whole repository.
  if (place !== '') return [{ kind: 'left', path, why: 'belongs to the top of the repository: run init there' }];
  const running = (await ciFilesAtHand({ world, config })).find((file) => stepsOf(file).length > 0);
  if (running !== undefined && running.path !== path) {
    return [{ kind: 'left', path, why: `is not needed: ${running.path} runs this program already` }];
  }
  const releases = found.builds.flatMap(({ build }) => build.releases);
  const registries = [...new Set(releases.map(({ registry }) => registry))].sort();
  const text = kind === 'github' ? workflowText(registries) : pipelineText((await originOf(world, root)).defaultBranch);
  return [await newFile(world, root, path, text)];
}
