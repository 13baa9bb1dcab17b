import { isSpace } from './space.ts';

/** Gathers the words of a line: white space that was neither quoted nor escaped ends one; an empty text is not one. */
export interface WordCollector {
  literal(text: string): void;
  splittable(text: string): void;
  all(): readonly string[];
}

/** No words yet. */
export function collectWords(): WordCollector {
  const words: string[] = [];
  let word = '';
  const finish = () => {
    if (word !== '') words.push(word);
    word = '';
  };
  return {
    literal: (text) => {
      word += text;
    },
    splittable: (text) => {
      for (const character of text) {
        if (isSpace(character)) finish();
        else word += character;
      }
    },
    all: () => {
      finish();
      return words;
    },
  };
}
