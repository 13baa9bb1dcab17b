/** Uniform in [0, 1), the same numbers for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed that a variable asks for, or one that no run before had; whoever takes it says it, so that it can be had again. */
export function seedFrom(asked: string | undefined): number {
  return Number(asked ?? Date.now() % 1_000_000);
}
