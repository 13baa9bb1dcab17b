import type { Build } from '../discover/build.ts';
import { imageOfContext } from '../dockerfile/contexts.ts';
import { stageNames } from './classic-dockerfile.ts';

type Contexts = Build['contexts'];

/** What of the named contexts a pinned Dockerfile cannot stand for, in words; undefined where there is nothing. */
export function beyondImages({ contexts }: Pick<Build, 'contexts'>, dockerfile: string): string | undefined {
  const [folder] = Object.keys(folderContexts(contexts));
  if (folder !== undefined) return `named contexts such as ${folder}`;
  return replacedStage(contexts, dockerfile);
}

/** A named context that stands for a whole stage, in words; undefined where there is none. */
export function replacedStage(contexts: Contexts, dockerfile: string): string | undefined {
  const stages = stageNames(dockerfile);
  const replaced = Object.keys(contexts).find((name) => stages.has(name.toLowerCase()));
  return replaced === undefined ? undefined : `named contexts in place of a stage such as ${replaced}`;
}

/** The named contexts that are no images: those are written into the Dockerfile as digests. */
export function folderContexts(contexts: Contexts): Contexts {
  return Object.fromEntries(Object.entries(contexts).filter(([, value]) => imageOfContext(value) === undefined));
}
