import { configShape } from '../config/file-shape.ts';
import { readImages } from '../config/images.ts';
import type { Config } from '../config/model.ts';
import { type Discovery, discover } from '../discover/discover.ts';
import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';
import { configFileName } from '../product.ts';
import { checkShape } from '../settings/check-shape.ts';
import { spellOut } from '../settings/spell-out.ts';
import { parseYaml } from '../settings/yaml.ts';
import { configText } from './config-text.ts';
import { type DraftImage, draftImages, keyOf } from './draft.ts';

/** Finds the images of a repository, and which of their names do not come from git's tags. */
export async function draftOf(world: World, config: Config, found: Discovery): Promise<readonly DraftImage[]> {
  const hasNames = found.builds.some(({ build }) => build.releases.length > 0);
  return draftImages(found, hasNames ? await discover(withoutTags(world), config) : found);
}

/** A configuration with which a run finds the same as without it: one with entries where that holds, else comments. */
export async function draftConfig(
  world: World,
  config: Config,
  found: Discovery,
  images: readonly DraftImage[],
  example: string,
): Promise<string> {
  const draft = { images, include: config.include, exclude: config.exclude, example };
  const full = configText(draft, true);
  const tried = await attempt(configFileName, () => findsTheSame(world, config, found, full));
  return tried.kind === 'done' && tried.value ? full : configText(draft, false);
}

async function findsTheSame(world: World, config: Config, found: Discovery, text: string): Promise<boolean> {
  const parsed = parseYaml(text, configFileName);
  if (parsed === undefined) return true;
  const shape = configShape();
  const node = spellOut(parsed, shape);
  checkShape(node, shape, { file: configFileName, key: '' });
  const images = readImages({ file: configFileName, key: '', node }, config.root);
  // What --image names is in the file now.
  const again = await discover(world, { ...config, images, imageInputs: {} });
  const keys = ({ builds }: Discovery) => builds.map(({ build }) => keyOf(build)).sort();
  return JSON.stringify(keys(again)) === JSON.stringify(keys(found));
}

// The repository as it was before its first release.
function withoutTags(world: World): World {
  return {
    ...world,
    exec: (command) =>
      command.file === 'git' && command.args.includes('for-each-ref')
        ? Promise.resolve({ kind: 'exited', code: 0, stdout: '', stderr: '' })
        : world.exec(command),
  };
}
