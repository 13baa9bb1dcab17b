import type { Parser } from './growth.ts';
import { documentParsers } from './parsers/documents.ts';
import { layerParsers } from './parsers/layers.ts';
import { referenceParsers } from './parsers/references.ts';
import { registryParsers } from './parsers/registry.ts';
import { repositoryParsers } from './parsers/repository.ts';
import { scannerParsers } from './parsers/scanners.ts';
import { wordParsers } from './parsers/words.ts';

/** Every parser of text that nobody vouches for: the properties and the fuzzer go over all of them. */
export const parsers: readonly Parser[] = [
  ...repositoryParsers,
  ...referenceParsers,
  ...documentParsers,
  ...scannerParsers,
  ...registryParsers,
  ...layerParsers,
  ...wordParsers,
];
