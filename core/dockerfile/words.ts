/** Gathers the words of a line: white space that was neither quoted nor escaped ends one, a quoted empty text is one. */
export interface WordCollector {
  literal(text: string): void;
  splittable(text: string): void;
  all(): readonly string[];
}

/** No words yet. */
export function collectWords(): WordCollector {
  const words: string[] = [];
  let word: string | undefined;
  const finish = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  return {
    literal: (text) => {
      word = (word ?? '') + text;
    },
    splittable: (text) => {
      for (const character of text) {
        if (/\s/u.test(character)) finish();
        else word = (word ?? '') + character;
      }
    },
    all: () => {
      finish();
      return words;
    },
  };
}
