/** What is expected of images that are not done yet. */
export interface Expectation {
  /** Milliseconds that each of them took in an earlier run, by its name. */
  readonly left: Map<string, number>;
  readonly atOnce: number;
}

/** What to expect of images; one that is new takes as long as the others usually do. Undefined where nothing is known of any. */
export function expectationOf(
  names: readonly string[],
  took: ReadonlyMap<string, number>,
  atOnce: number,
): Expectation | undefined {
  const known = names.flatMap((name) => took.get(name) ?? []).toSorted((a, b) => a - b);
  const usual = known[Math.floor(known.length / 2)];
  if (usual === undefined) return undefined;
  return { left: new Map(names.map((name) => [name, took.get(name) ?? usual])), atOnce: Math.max(1, atOnce) };
}

/** How long it is likely to take, to follow "2 of 20 done": `, about 6 min left`; empty where nobody can say. */
export function timeLeft(
  expected: Expectation | undefined,
  works: Iterable<{ readonly name: string; readonly since: number }>,
  now: number,
): string {
  if (expected === undefined) return '';
  const begun = new Map([...works].map(({ name, since }) => [name, now - since]));
  const each = [...expected.left].map(([name, took]) => Math.max(0, took - (begun.get(name) ?? 0)));
  const sum = each.reduce((total, one) => total + one, 0);
  // No faster than the longest of them.
  const seconds = Math.max(sum / expected.atOnce, ...each.slice(0, 10_000)) / 1000;
  if (!Number.isFinite(seconds) || seconds <= 0) return '';
  // It is an estimate: tens of seconds, then minutes.
  return seconds <= 90
    ? `, about ${10 * Math.ceil(seconds / 10)} s left`
    : `, about ${Math.round(seconds / 60)} min left`;
}
